// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// How a private key's file is encrypted (PKCS#8, RFC 5958; PBES2, RFC 8018).
public enum KeyEncryption: Sendable, Equatable {
    case none
    /// The key derivation, with its cost, and the cipher.
    case scrypt(cost: Int, blockSize: Int, parallelization: Int, cipher: String)
    case pbkdf2(iterations: Int, hash: String, cipher: String)
    /// Something else, by OpenSSL's name.
    case other(String)

    /// Looks at a private key in PEM, without its passphrase; `nil` if it is none.
    public init?(pem: [UInt8]) {
        defer { ERR_clear_error() }
        let text = String(decoding: pem.prefix(65536), as: UTF8.self)
        guard text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") else {
            guard text.contains("PRIVATE KEY-----") else { return nil }
            self = text.contains("Proc-Type: 4,ENCRYPTED") ? .other("the old PEM form") : .none
            return
        }
        guard let sealed = withInput(pem, { PEM_read_bio_PKCS8($0, nil, nil, nil) }) else {
            return nil
        }
        defer { X509_SIG_free(sealed) }
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_SIG_get0(sealed, &algorithm, nil)
        guard let algorithm else { return nil }
        self = KeyEncryption.read(algorithm)
    }

    private static func read(_ algorithm: UnsafePointer<X509_ALGOR>) -> KeyEncryption {
        let (name, parameters) = parts(algorithm)
        guard name == "PBES2",
            let scheme = decode(parameters, { d2i_PBE2PARAM(nil, $0, $1) })
        else { return .other(name) }
        defer { PBE2PARAM_free(scheme) }
        let cipher = parts(scheme.pointee.encryption).name
        let (derivation, details) = parts(scheme.pointee.keyfunc)
        if derivation == "id-scrypt" || derivation == "scrypt",
            let scrypt = decode(details, { d2i_SCRYPT_PARAMS(nil, $0, $1) })
        {
            defer { SCRYPT_PARAMS_free(scrypt) }
            return .scrypt(
                cost: ASN1_INTEGER_get(scrypt.pointee.costParameter),
                blockSize: ASN1_INTEGER_get(scrypt.pointee.blockSize),
                parallelization: ASN1_INTEGER_get(scrypt.pointee.parallelizationParameter),
                cipher: cipher)
        }
        if derivation == "PBKDF2", let kdf = decode(details, { d2i_PBKDF2PARAM(nil, $0, $1) }) {
            defer { PBKDF2PARAM_free(kdf) }
            let hash = kdf.pointee.prf.map { parts($0).name } ?? "hmacWithSHA1"
            return .pbkdf2(
                iterations: ASN1_INTEGER_get(kdf.pointee.iter), hash: hash, cipher: cipher)
        }
        return .other(derivation)
    }

    /// The short name of an algorithm, and its parameters in DER.
    private static func parts(
        _ algorithm: UnsafePointer<X509_ALGOR>?
    ) -> (name: String, parameters: [UInt8]) {
        var object: OpaquePointer?
        var type: Int32 = 0
        var value: UnsafeRawPointer?
        X509_ALGOR_get0(&object, &type, &value, algorithm)
        let name = OBJ_nid2sn(OBJ_obj2nid(object)).map { String(cString: $0) } ?? "unknown"
        guard type == V_ASN1_SEQUENCE, let value else { return (name, []) }
        let string = value.assumingMemoryBound(to: ASN1_STRING.self)
        let count = Int(ASN1_STRING_length(string))
        guard let start = ASN1_STRING_get0_data(string) else { return (name, []) }
        return (name, Array(UnsafeBufferPointer(start: start, count: count)))
    }

    private static func decode<Value>(
        _ der: [UInt8],
        _ body: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> UnsafeMutablePointer<Value>?
    ) -> UnsafeMutablePointer<Value>? {
        der.withUnsafeBufferPointer { buffer in
            var place = buffer.baseAddress
            return body(&place, buffer.count)
        }
    }
}

extension KeyEncryption: CustomStringConvertible {
    public var description: String {
        switch self {
        case .none: "not encrypted"
        case .scrypt(let cost, let block, let parallel, let cipher):
            "\(cipher) under scrypt, N \(cost), r \(block), p \(parallel)"
        case .pbkdf2(let iterations, let hash, let cipher):
            "\(cipher) under PBKDF2, \(iterations) iterations of \(hash)"
        case .other(let name): "encrypted, \(name)"
        }
    }

    /// Why the passphrase is easily guessed by who has the file, and what to do; `nil` if not.
    public var weakness: String? {
        switch self {
        case .none: "whoever reads the file has the key"
        case .scrypt(let cost, let block, let parallel, _):
            cost * block * parallel < 1 << 17 ? "the derivation is a cheap one" : nil
        case .pbkdf2(let iterations, _, _):
            iterations < 100_000 ? "\(iterations) iterations are few, 600000 are usual" : nil
        case .other: "an old form, whose passphrase is guessed quickly"
        }
    }
}
