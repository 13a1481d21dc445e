// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Where a private key is, in one line of text.
///
/// ```
/// file:PATH                              PKCS#8 in PEM, encrypted or not
/// ssh-agent:SHA256:BASE64                a key of an ssh-agent, by its fingerprint
/// pkcs11:token=…;object=…?module-path=…  a key on a token, RFC 7512
/// gpg:FINGERPRINT[?homedir=PATH]         a key of gpg, for links and layouts of in-toto
/// exec:PROGRAM[?arg=A&arg=B]             a program that signs
/// ```
///
/// The names of python-securesystemslib 1.6 are read as they are: `file2:PATH`,
/// `file:PATH?encrypted=true` of older ones, `hsm:[KEYID][?label=LABEL]`, `gnupg:[HOMEDIR]`; and
/// `fn:NAME` of RSTUF.
package enum KeyURI: Sendable, Equatable {
    case file(path: String)
    /// `file2:`; the path is below `CRYPTO_SIGNER_PATH_PREFIX` if that is set.
    case prefixedFile(path: String)
    /// `fn:`; a file in `RSTUF_ONLINE_KEY_DIR`.
    case namedFile(name: String)
    case agent(SSHFingerprint)
    /// The whole URI, as written.
    case token(String)
    /// `hsm:`; the module is in `PYKCS11LIB`.
    case hsm(keyID: Int, label: String?)
    /// - Parameter fingerprint: 40 lower-case hexadecimal digits.
    case openPGP(fingerprint: String, homeDirectory: String?)
    /// `gnupg:`; the key is that of the public key it stands with.
    case gnupg(homeDirectory: String?)
    /// A name to be found in PATH or an absolute path, and what it gets after its first argument.
    case program(String, arguments: [String])

    /// Longest text that is read, in bytes.
    package static let maximumBytes = 4096
    /// Most `arg=` of an `exec:` URI.
    package static let maximumArguments = 64

    /// Parses a URI.
    ///
    /// - Throws: ``KeyAccessError/uri(_:_:)``.
    package init(_ text: String) throws(KeyAccessError) {
        do throws(KeyURIFault) { self = try KeyURI.parse(text) } catch {
            throw .uri(text, error)
        }
    }

    private static func parse(_ text: String) throws(KeyURIFault) -> KeyURI {
        guard text.utf8.count <= maximumBytes else {
            throw .tooLong(bytes: text.utf8.count, maximum: maximumBytes)
        }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw .controlCharacter
        }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .noScheme }
        let scheme = String(text[..<colon])
        let rest = text[text.utf8.index(after: colon)...]
        switch UTF8Text(scheme) {
        case "file": return .file(path: try filePath(rest))
        case "file2": return .prefixedFile(path: try expectPath(rest))
        case "fn": return .namedFile(name: try expectName(rest))
        case "ssh-agent": return .agent(try SSHFingerprint(text: rest))
        case "pkcs11":
            guard !rest.isEmpty else { throw .empty("attributes of a token or key") }
            return .token(text)
        case "hsm": return try hsm(rest)
        case "gpg": return try openPGP(rest)
        case "gnupg": return .gnupg(homeDirectory: rest.isEmpty ? nil : String(rest))
        case "exec": return try program(rest)
        default:
            if let service = ForeignScheme(rawValue: scheme) { throw .foreign(service) }
            throw .unknownScheme(scheme)
        }
    }

    /// A path as it is, but for the suffix that older versions of securesystemslib wrote; whether
    /// the key is encrypted shows in the file.
    private static func filePath(_ rest: Substring) throws(KeyURIFault) -> String {
        let (path, query) = split(rest)
        if let query {
            let isKnown = ["encrypted=true", "encrypted=false"].contains(UTF8Text(String(query)))
            guard isKnown else {
                throw .query(String(query), expected: "encrypted=true or encrypted=false")
            }
        }
        return try expectPath(path)
    }

    private static func expectPath(_ path: Substring) throws(KeyURIFault) -> String {
        guard !path.isEmpty else { throw .empty("path") }
        return String(path)
    }

    private static func expectName(_ name: Substring) throws(KeyURIFault) -> String {
        guard !name.isEmpty else { throw .empty("file name") }
        guard !name.utf8.contains(UInt8(ascii: "/")), !isDots(name) else {
            throw .fileName(String(name))
        }
        return String(name)
    }

    private static func hsm(_ rest: Substring) throws(KeyURIFault) -> KeyURI {
        let (number, query) = split(rest)
        // The digital signature key of a PIV card.
        var keyID = 2
        if !number.isEmpty {
            guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int(number)
            else { throw .keyNumber(String(number)) }
            keyID = value
        }
        guard let query else { return .hsm(keyID: keyID, label: nil) }
        let fields = try PercentText.fields(query, plusIsSpace: true, maximum: 1)
        guard let (name, label) = fields.first, name == "label", !label.isEmpty else {
            throw .query(String(query), expected: "label=LABEL")
        }
        return .hsm(keyID: keyID, label: label.string)
    }

    private static func openPGP(_ rest: Substring) throws(KeyURIFault) -> KeyURI {
        let (digits, query) = split(rest)
        let fingerprint = digits.lowercased()
        guard digits.utf8.count == 40, fingerprint.utf8.allSatisfy(isHexDigit) else {
            throw .openPGPFingerprint(String(digits))
        }
        guard let query else { return .openPGP(fingerprint: fingerprint, homeDirectory: nil) }
        let fields = try PercentText.fields(query, plusIsSpace: false, maximum: 1)
        guard let (name, path) = fields.first, name == "homedir", !path.isEmpty else {
            throw .query(String(query), expected: "homedir=PATH")
        }
        return .openPGP(fingerprint: fingerprint, homeDirectory: path.string)
    }

    private static func program(_ rest: Substring) throws(KeyURIFault) -> KeyURI {
        let (encoded, query) = split(rest)
        let name = try PercentText.decode(encoded, plusIsSpace: false).string
        guard !name.isEmpty else { throw .empty("program") }
        let isPath = name.utf8.contains(UInt8(ascii: "/"))
        guard !isPath || name.utf8.first == UInt8(ascii: "/") else { throw .relativeProgram(name) }
        guard !isDots(name[...]), name.utf8.last != UInt8(ascii: "/") else {
            throw .fileName(name)
        }
        var arguments: [String] = []
        if let query {
            for (key, value) in try PercentText.fields(
                query, plusIsSpace: false, maximum: maximumArguments)
            {
                guard key == "arg" else {
                    throw .query(String(query), expected: "arg=TEXT, joined by &")
                }
                arguments.append(value.string)
            }
        }
        return .program(name, arguments: arguments)
    }

    private static func split(_ text: Substring) -> (Substring, query: Substring?) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (text, nil) }
        return (text[..<mark], text[text.utf8.index(after: mark)...])
    }

    private static func isDots(_ name: Substring) -> Bool {
        name.utf8.count <= 2 && name.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension KeyURI: CustomStringConvertible {
    /// The URI; parsing it gives the same key.
    package var description: String {
        switch self {
        case .file(let path): return "file:\(path)"
        case .prefixedFile(let path): return "file2:\(path)"
        case .namedFile(let name): return "fn:\(name)"
        case .agent(let fingerprint): return "ssh-agent:\(fingerprint)"
        case .token(let text): return text
        case .hsm(let keyID, let label):
            return "hsm:\(keyID)" + (label.map { "?label=\(PercentText.encode($0))" } ?? "")
        case .openPGP(let fingerprint, let home):
            return "gpg:\(fingerprint)" + (home.map { "?homedir=\(PercentText.encode($0))" } ?? "")
        case .gnupg(let home): return "gnupg:\(home ?? "")"
        case .program(let name, let arguments):
            let query = arguments.map { "arg=\(PercentText.encode($0))" }.joined(separator: "&")
            return "exec:\(PercentText.encode(name))" + (query.isEmpty ? "" : "?\(query)")
        }
    }
}

extension KeyURI {
    /// The scheme alone, for messages.
    package var scheme: String {
        let text = description
        return String(decoding: text.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }

    /// An `hsm:` key as RFC 7512 writes it, for the module of `PYKCS11LIB`; `nil` for others.
    package func tokenURI(module: String) -> String? {
        guard case .hsm(let keyID, let label) = self else { return nil }
        let bytes = withUnsafeBytes(of: UInt64(keyID).bigEndian) { Array($0.drop { $0 == 0 }) }
        let id = (bytes.isEmpty ? [0] : bytes).map { byte in
            "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let token = label.map { "token=\(PercentText.encode($0));" } ?? ""
        return "pkcs11:\(token)id=\(id.joined());type=private"
            + "?module-path=\(PercentText.encode(module))"
    }
}
