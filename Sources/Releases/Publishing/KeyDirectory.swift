// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import MetadataSigning
import RepositoryStorage
import Synchronization
public import TUFRepository

/// Private keys as encrypted PKCS#8 files, each `NAME.pem` beside its public half `NAME.pub`; or
/// in place of the file `NAME.uri`, one line that says where the key is: on a token, in an agent,
/// behind a program, with gpg.
///
/// The public files tell which key is which, so that a passphrase is asked for only when the
/// key is needed; an unlocked key is kept until the process ends.
public final class KeyDirectory: KeyRing {
    /// Gives the passphrase for the key of this name, wanted for that purpose.
    public typealias Passphrase =
        @Sendable (
            _ keyName: String, _ purpose: SigningPurpose?
        ) throws -> [UInt8]

    /// Makes a signer of a key's URI, such as `pkcs11:…`: a key that somebody else holds.
    public typealias Opener =
        @Sendable (
            _ uri: String, _ keyName: String, _ publicKey: PublicKey?, _ purpose: SigningPurpose?
        ) throws(RepositoryError) -> any Signer

    /// The folder, which need not exist.
    public let path: String
    private let passphrase: Passphrase
    private let extra: [String]
    private let opener: Opener?
    private let unlocked = Mutex<[KeyMaterial: any Signer]>([:])

    /// - Parameters:
    ///   - extra: further key files, by their paths.
    ///   - opener: opens what `NAME.uri` says; without one such keys are not at hand.
    ///   - passphrase: asked at most once for each key.
    public init(
        _ path: String, extra: [String] = [], opener: Opener? = nil,
        passphrase: @escaping Passphrase
    ) {
        self.path = path
        self.extra = extra
        self.opener = opener
        self.passphrase = passphrase
    }

    /// Names of the keys in the folder, sorted.
    public func names() throws(RepositoryError) -> [String] {
        do throws(StorageError) {
            return try FileSystem.names(in: path).filter { $0.hasSuffix(".pub") }
                .map { String($0.dropLast(4)) }
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }

    /// Path of a key's private file: a name in the folder, `file:PATH`, or a path with a slash
    /// or the ending `.pem`.
    public func privatePath(_ key: String) -> String {
        if key.hasPrefix("file:") { return String(key.dropFirst(5)) }
        let stem = key.hasSuffix(".pub") ? String(key.dropLast(4)) + ".pem" : key
        if stem.contains("/") || stem.hasSuffix(".pem") { return stem }
        return "\(path)/\(stem).pem"
    }

    /// Path of a key's public file.
    public func publicPath(_ key: String) -> String {
        let path = privatePath(key)
        return path.hasSuffix(".pem") ? String(path.dropLast(4)) + ".pub" : path + ".pub"
    }

    /// Path of the file that says where a key is.
    public func uriPath(_ key: String) -> String {
        let path = privatePath(key)
        return path.hasSuffix(".pem") ? String(path.dropLast(4)) + ".uri" : path + ".uri"
    }

    /// Whether a key is named by where it is, as in `ssh-agent:SHA256:…`.
    public static func isURI(_ key: String) -> Bool {
        guard let colon = key.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let scheme = key.utf8[..<colon]
        return !scheme.isEmpty && !scheme.elementsEqual("file".utf8)
            && scheme.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            }
    }

    /// The URI of a key: the name itself, or what its `.uri` file says; `nil` for a key in a file.
    public func uri(_ key: String) throws(RepositoryError) -> String? {
        if KeyDirectory.isURI(key) { return key }
        guard !FileSystem.exists(privatePath(key)), let bytes = try read(uriPath(key)) else {
            return nil
        }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first
        guard let line, !line.isEmpty else {
            throw .storage(path: uriPath(key), reason: "empty, one line with a URI expected")
        }
        return String(line)
    }

    /// Whether there is such a key; its public half is enough.
    public func exists(_ key: String) -> Bool {
        KeyDirectory.isURI(key) || FileSystem.exists(publicPath(key))
            || FileSystem.exists(privatePath(key)) || FileSystem.exists(uriPath(key))
    }

    /// Whether its private half may be at hand.
    private func isAtHand(_ key: String) -> Bool {
        FileSystem.exists(privatePath(key)) || (opener != nil && FileSystem.exists(uriPath(key)))
    }

    /// The public half of a key that TUF metadata may name.
    ///
    /// - Throws: `RepositoryError` if there is no such file, or no public key in it, or one of gpg.
    public func publicKey(_ key: String) throws(RepositoryError) -> PublicKey {
        let found = try inTotoKey(key)
        guard !found.isOpenPGP else {
            throw .key(
                name: FileSystem.name(of: key),
                .unsupportedKey(
                    "keys of gpg sign links and layouts of in-toto, TUF metadata has no scheme "
                        + "for them"))
        }
        return found
    }

    /// The public half of a key, which may be one of gpg: for links and layouts.
    ///
    /// - Throws: `RepositoryError` if there is no such file, or no public key in it.
    public func inTotoKey(_ key: String) throws(RepositoryError) -> PublicKey {
        if KeyDirectory.isURI(key) { return try signer(named: key).publicKey }
        let path = publicPath(key)
        guard let pem = try read(path) else {
            if isAtHand(key) { return try signer(named: key).publicKey }
            throw .storage(path: path, reason: "no such key")
        }
        do throws(SigningError) { return try PublicKey(file: pem) } catch {
            throw .key(name: path, error)
        }
    }

    /// The private half of a key, unlocked; or what signs with it.
    public func signer(
        named key: String, purpose: SigningPurpose? = nil
    ) throws(RepositoryError) -> any Signer {
        if let uri = try uri(key) {
            let name = KeyDirectory.isURI(key) ? key : FileSystem.name(of: key)
            guard let opener else {
                throw .key(name: name, .notSigned("keys of this kind cannot be used here"))
            }
            var listed: PublicKey?
            if !KeyDirectory.isURI(key), let pem = try read(publicPath(key)) {
                do throws(SigningError) { listed = try PublicKey(file: pem) } catch {
                    throw .key(name: publicPath(key), error)
                }
            }
            return try opener(uri, name, listed, purpose)
        }
        let path = privatePath(key)
        guard let pem = try read(path) else {
            throw .storage(path: path, reason: "no such key")
        }
        return try unlock(pem, name: FileSystem.name(of: path), purpose)
    }

    private func unlock(
        _ pem: [UInt8], name: String, _ purpose: SigningPurpose?
    ) throws(RepositoryError) -> PrivateKey {
        do throws(SigningError) {
            return try PrivateKey(pem: pem, passphrase: nil)
        } catch {
            guard error == .passphraseNeeded else { throw .key(name: name, error) }
        }
        let secret: [UInt8]
        do { secret = try passphrase(name, purpose) } catch {
            throw .key(name: name, error as? SigningError ?? .passphraseNeeded)
        }
        do throws(SigningError) { return try PrivateKey(pem: pem, passphrase: secret) } catch {
            throw .key(name: name, error)
        }
    }

    public func signer(for key: PublicKey) throws(RepositoryError) -> (any Signer)? {
        try find(key, nil)
    }

    public func signer(
        for key: PublicKey, purpose: SigningPurpose
    ) throws(RepositoryError) -> (any Signer)? {
        try find(key, purpose)
    }

    private func find(
        _ key: PublicKey, _ purpose: SigningPurpose?
    ) throws(RepositoryError) -> (any Signer)? {
        guard !key.isOpenPGP, let material = key.material else { return nil }
        if let known = unlocked.withLock({ $0[material] }) { return known }
        for candidate in extra + (try names()) {
            guard KeyDirectory.isURI(candidate) || isAtHand(candidate),
                try isPlain(candidate, material)
            else { continue }
            let found = try signer(named: candidate, purpose: purpose)
            guard found.publicKey.material == material else { continue }
            // A key that somebody else holds is asked each time, told what for.
            if found is PrivateKey { unlocked.withLock { $0[material] = found } }
            return found
        }
        return nil
    }

    public func has(_ key: PublicKey) throws(RepositoryError) -> Bool {
        guard !key.isOpenPGP, let material = key.material else { return false }
        for candidate in extra + (try names())
        where KeyDirectory.isURI(candidate) || isAtHand(candidate) {
            if try isPlain(candidate, material) { return true }
        }
        return false
    }

    /// Whether a key is of this material and no key of gpg, which would sign otherwise.
    private func isPlain(
        _ key: String, _ material: KeyMaterial
    ) throws(RepositoryError) -> Bool {
        let found = try inTotoKey(key)
        return !found.isOpenPGP && found.material == material
    }

    /// The keys that are unlocked already, and no others: nobody is asked for a passphrase.
    public var unlockedOnly: any KeyRing { UnlockedKeys(keys: unlocked.withLock { $0 }) }

    /// Makes a key and writes both halves, the private one encrypted and for its owner alone.
    ///
    /// - Throws: `RepositoryError` if there is a key of this name already.
    public func make(_ key: String, _ kind: KeyKind) throws(RepositoryError) -> PublicKey {
        let path = privatePath(key)
        guard path.hasSuffix(".pem"), isName(FileSystem.name(of: path)) else {
            throw .storage(
                path: path,
                reason: "no name for a key, letters, digits and . _ + - expected, no dot first")
        }
        guard !exists(key) else {
            throw .storage(path: path, reason: "there is a key of this name already")
        }
        let name = FileSystem.name(of: path)
        let secret: [UInt8]
        do { secret = try passphrase(name, nil) } catch {
            throw .key(name: name, error as? SigningError ?? .passphraseNeeded)
        }
        guard !secret.isEmpty else { throw .key(name: name, .passphraseNeeded) }
        let made: PrivateKey
        let pem: [UInt8]
        do throws(SigningError) {
            made = try PrivateKey(generating: kind)
            pem = try made.encryptedPEM(passphrase: secret)
        } catch {
            throw .key(name: name, error)
        }
        do throws(StorageError) {
            try FileSystem.makeDirectory(FileSystem.parent(of: path), mode: 0o700)
            try FileSystem.write(pem, to: path, mode: 0o600)
            try FileSystem.write(Array((made.publicKey.pem ?? "").utf8), to: publicPath(key))
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
        if let material = made.publicKey.material { unlocked.withLock { $0[material] = made } }
        return made.publicKey
    }

    /// Writes down where a key is that somebody else holds, and its public half.
    ///
    /// - Throws: `RepositoryError` if there is a key of this name already.
    public func register(
        _ key: String, at uri: String, _ publicKey: PublicKey
    ) throws(RepositoryError) {
        let path = privatePath(key)
        guard path.hasSuffix(".pem"), isName(FileSystem.name(of: path)) else {
            throw .storage(
                path: path,
                reason: "no name for a key, letters, digits and . _ + - expected, no dot first")
        }
        guard !exists(key) else {
            throw .storage(path: path, reason: "there is a key of this name already")
        }
        do throws(StorageError) {
            try FileSystem.makeDirectory(FileSystem.parent(of: path), mode: 0o700)
            try FileSystem.write(Array("\(uri)\n".utf8), to: uriPath(key), mode: 0o600)
            try FileSystem.write(publicKey.file ?? [], to: publicPath(key))
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }

    /// Takes back a key that ``make(_:_:)`` made for something that then failed.
    public func unmake(_ key: String) {
        try? FileSystem.remove(privatePath(key))
        try? FileSystem.remove(publicPath(key))
    }

    private func isName(_ fileName: String) -> Bool {
        fileName.utf8.count > 4 && fileName.utf8.first != UInt8(ascii: ".")
            && fileName.utf8.first != UInt8(ascii: "-")
            && Step.isSafe(name: UTF8Text(fileName))
    }

    private func read(_ path: String) throws(RepositoryError) -> [UInt8]? {
        do throws(StorageError) {
            return try FileSystem.read(path, maximumBytes: 1 << 20)
        } catch {
            throw .storage(path: error.path, reason: error.reason)
        }
    }
}

/// Keys in memory.
private struct UnlockedKeys: KeyRing {
    let keys: [KeyMaterial: any Signer]

    func signer(for key: PublicKey) -> (any Signer)? { key.material.flatMap { keys[$0] } }
}

/// Two sets of keys, asked in turn.
public struct FirstOf: KeyRing {
    private let first: any KeyRing
    private let second: any KeyRing

    public init(_ first: any KeyRing, _ second: any KeyRing) {
        self.first = first
        self.second = second
    }

    public func signer(for key: PublicKey) throws(RepositoryError) -> (any Signer)? {
        if let signer = try first.signer(for: key) { return signer }
        return try second.signer(for: key)
    }

    public func signer(
        for key: PublicKey, purpose: SigningPurpose
    ) throws(RepositoryError) -> (any Signer)? {
        if let signer = try first.signer(for: key, purpose: purpose) { return signer }
        return try second.signer(for: key, purpose: purpose)
    }

    public func has(_ key: PublicKey) throws(RepositoryError) -> Bool {
        if try first.has(key) { return true }
        return try second.has(key)
    }
}
