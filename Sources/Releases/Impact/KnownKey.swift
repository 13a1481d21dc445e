// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import MetadataSigning
public import TUFMetadata
import TUFRepository

/// A key that a repository knows, wherever it stands: in roles, among those who sign layouts,
/// among functionaries. What has the same material is one key, whatever its ids.
public struct KnownKey: Sendable {
    public let key: PublicKey
    /// All ids that it is listed under, and its own.
    public internal(set) var ids: [KeyID]
    /// Names that metadata gives its holder, as they are met.
    public internal(set) var names: [String]

    /// Its holder, or the beginning of its id.
    public var name: String { names.first ?? shown(ids[0]) }

    func isListed(as id: KeyID) -> Bool { ids.contains(id) }

    /// Digits by which the file names of its links tell it.
    var linkDigits: Set<String> { Set((ids + key.subkeyIDs).map(\.prefix)) }
}

/// All keys that a repository knows.
struct KnownKeys {
    private(set) var all: [KnownKey] = []

    mutating func add(_ key: PublicKey, as id: KeyID, name: String?) {
        let ids = [id] + key.ids
        let position = all.firstIndex { known in
            if let material = key.material { return known.key.material == material }
            return known.key.material == nil && known.isListed(as: id)
        }
        guard let position else {
            all.append(
                KnownKey(key: key, ids: KnownKeys.unique(ids), names: name.map { [$0] } ?? []))
            return
        }
        all[position].ids = KnownKeys.unique(all[position].ids + ids)
        if let name, !all[position].names.contains(where: { UTF8Text($0) == UTF8Text(name) }) {
            all[position].names.append(name)
        }
    }

    private static func unique(_ ids: [KeyID]) -> [KeyID] {
        var seen: Set<KeyID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// The key that a person means by a name, an id, or seven digits or more of one.
    ///
    /// - Throws: ``ImpactError``.
    func key(_ text: String) throws(ImpactError) -> KnownKey {
        let person = KeyPeople.person(UTF8Text(text))
        let named = all.filter { known in
            known.names.contains { KeyPeople.person(UTF8Text($0)) == person }
        }
        let meant = named.isEmpty ? all.filter { isMeant($0, by: text) } : named
        guard let first = meant.first else {
            let names = all.flatMap(\.names).map { quoted($0) }
            throw .unknownKey(text, known: Array(Set(names)).sorted())
        }
        guard meant.count == 1 else {
            throw .severalKeys(text, meant.map { shown($0.ids[0]) })
        }
        return first
    }

    private func isMeant(_ known: KnownKey, by text: String) -> Bool {
        known.ids.contains { id in
            id.text == UTF8Text(text)
                || text.utf8.count >= 7 && id.text.utf8.starts(with: text.utf8)
        }
    }

    /// The key with this material.
    func key(_ key: PublicKey) -> KnownKey? {
        all.first { known in
            key.material != nil && known.key.material == key.material
                || known.ids.contains { key.ids.contains($0) }
        }
    }
}

/// Why it cannot be said what rests on a key.
public enum ImpactError: Error, Equatable, Sendable {
    case unknownKey(String, known: [String])
    case severalKeys(String, [String])
    /// It does no step of any layout, so there is nothing to take from it.
    case noFunctionary(String)
    /// It was not revoked.
    case notRevoked(String)
    /// A path that no file is released under, or one that rests on no link of the key.
    case nothingToKeep(TargetPath, name: String)
}

extension ImpactError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownKey(let text, let known):
            "key \(quoted(text)): not known to the repository, expected "
                + (known.isEmpty ? "an id" : "an id or one of \(known.joined(separator: ", "))")
        case .severalKeys(let text, let ids):
            "key \(quoted(text)): means \(ids.count) keys, give the beginning of an id: "
                + ids.joined(separator: ", ")
        case .noFunctionary(let name):
            "\(name): does no step of any layout here; for keys of roles: carnet role keys"
        case .notRevoked(let name): "\(name): not revoked in any layout"
        case .nothingToKeep(let path, let name):
            "\(path): no release that rests on a link by \(name); carnet impact lists those"
        }
    }
}
