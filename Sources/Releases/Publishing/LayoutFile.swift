// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import MetadataSigning
import RepositoryStorage
public import SourceFiles
import TUFRepository

/// A layout source with the public keys it names and the signatures collected so far, which
/// stand in a file beside it: `wheel.yaml`, `wheel.layout`.
public struct LayoutFile: Sendable {
    public let source: LayoutSource
    /// Path of the source.
    public let path: String
    /// Path of the signed layout.
    public let signedPath: String
    /// Public keys by person's name.
    public let keys: [String: PublicKey]

    /// Reads a source and the key files that it names.
    ///
    /// - Parameters:
    ///   - signed: path of the signed layout, if it is not beside the source.
    ///   - needsKeys: whether a key file that is not there is an error; a review of the rules can
    ///     do without, a signature cannot.
    ///   - reader: knows the language that the source is written in.
    /// - Throws: ``PublishingError/source(_:)``, `.keyFile`, `.storage`.
    public init(
        _ path: String, signed: String? = nil, needsKeys: Bool = true, reader: SourceReader
    ) throws(PublishingError) {
        self.path = path
        signedPath =
            signed
            ?? (path.hasSuffix(".yaml") ? String(path.dropLast(5)) : path) + ".layout"
        let bytes = try storing { () throws(StorageError) in
            try FileSystem.read(path, maximumBytes: 1 << 20)
        }
        guard let bytes else {
            throw .storage(StorageError(path: path, reason: "no such file"))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .storage(StorageError(path: path, reason: "not UTF-8 text"))
        }
        do throws(LayoutSourceError) {
            source = try LayoutSource(text, file: path, reader: reader)
        } catch {
            throw .source(error)
        }
        var keys: [String: PublicKey] = [:]
        for person in source.signers + source.functionaries {
            guard let key = try LayoutFile.key(person, path, isNeeded: needsKeys) else { continue }
            if let other = keys[person.name], other.material != key.material {
                throw .keyFile(
                    LayoutSourceError(
                        file: path, place: person.place,
                        message: "\(person.name) stands for two different keys"))
            }
            keys[person.name] = key
        }
        self.keys = keys
    }

    /// What gpg exports of a key that many have signed.
    private static let maximumKeyBytes = 6 << 20

    private static func key(
        _ person: LayoutSource.Person, _ source: String, isNeeded: Bool
    ) throws(PublishingError) -> PublicKey? {
        let file =
            person.keyFile.hasPrefix("/")
            ? person.keyFile : "\(FileSystem.parent(of: source))/\(person.keyFile)"
        let pem = try storing { () throws(StorageError) in
            try FileSystem.read(file, maximumBytes: maximumKeyBytes)
        }
        func failure(_ words: String) -> PublishingError {
            .keyFile(
                LayoutSourceError(
                    file: source, place: person.place,
                    message: "\(person.name): \(file): \(words)"))
        }
        guard let pem else {
            if !isNeeded { return nil }
            throw failure("no such key file")
        }
        let key: PublicKey
        do throws(SigningError) { key = try PublicKey(file: pem) } catch {
            throw failure("\(error)")
        }
        // A layout has no words for these ends, only for the date of an expiry.
        if let end = key.end(at: Instant(seconds: 0)) { throw failure("the key \(end)") }
        return key
    }

    /// What is weak in it.
    public func findings(at now: Instant) -> [LayoutFinding] {
        source.findings(keys: keys, at: now)
    }

    /// Whose signatures count, and how many must be there.
    ///
    /// - Parameter now: the moment for which keys of gpg must be valid.
    public func authority(at now: Instant) -> Authority {
        Authority(
            source.signers.compactMap { keys[$0.name].map { Authority.Entry($0) } },
            threshold: source.threshold, at: now)
    }

    /// Names of those who may sign and have not signed `file`.
    public func missing(_ count: SignatureCount) -> [String] {
        let signed = Set(count.accepted)
        return source.signers.filter { person in
            guard let key = keys[person.name] else { return true }
            return signed.isDisjoint(with: key.ids)
        }.map(\.name)
    }

    /// The signed layout: the signatures so far, if they are for this very layout, and those of
    /// `signers`, each under the key ids of both traditions.
    ///
    /// - Throws: ``PublishingError/notASigner(key:signers:)``, `.damagedLayout`, `.repository`.
    public func signed(
        adding signers: [(name: String, key: any Signer)], now: Instant
    ) throws(PublishingError) -> [UInt8] {
        let previous = try previousFile()
        let expires = previous?.layout.expires ?? source.expires.moment(signedAt: now)
        var document = source.layout(keys: keys, signedAt: now)
        var kept: [Signature] = []
        if let previous, previous.layout.expires > now {
            let same = Layout(
                expires: expires, keys: document.keys, steps: document.steps,
                inspections: document.inspections, readme: document.readme)
            if same.json.canonicalBytes() == previous.file.signed.canonicalBytes() {
                document = same
                kept = previous.file.signatures
            }
        }
        var pairs: [(id: KeyID, signer: any Signer)] = []
        for (name, key) in signers {
            guard
                keys(of: source.signers).contains(where: { $0.material == key.publicKey.material })
            else { throw .notASigner(key: name, signers: source.signers.map(\.name)) }
            // A second signature under one id would make the file invalid.
            if pairs.contains(where: { $0.id == key.publicKey.keyID }) { continue }
            pairs.append((key.publicKey.keyID, key))
            pairs.append((key.publicKey.legacyKeyID, key))
        }
        do throws(SigningError) {
            return try SignedFile.bytes(
                signing: document.json, with: pairs, keeping: kept, indented: true)
        } catch {
            throw .damagedLayout(file: signedPath, error)
        }
    }

    private func keys(of people: [LayoutSource.Person]) -> [PublicKey] {
        people.compactMap { keys[$0.name] }
    }

    private func previousFile() throws(PublishingError) -> (file: SignedFile, layout: Layout)? {
        let bytes = try storing { () throws(StorageError) in
            try FileSystem.read(signedPath, maximumBytes: 8 << 20)
        }
        guard let bytes else { return nil }
        do throws(SigningError) {
            let file = try SignedFile(bytes)
            do throws(JSONError) { return (file, try Layout(file.signed)) } catch {
                throw .malformed(error)
            }
        } catch {
            throw .damagedLayout(file: signedPath, error)
        }
    }
}
