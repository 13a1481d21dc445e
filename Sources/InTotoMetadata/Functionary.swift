// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning

/// Somebody who may do a step: a key, and the ids that show its hand.
public struct Functionary: Sendable {
    /// The key; for a subkey of gpg's the primary key with all subkeys.
    public let key: PublicKey
    /// Ids that signatures may stand under.
    public let signatureIDs: [KeyID]
    /// Ids that name the files of links.
    public let fileIDs: [KeyID]

    init(_ id: KeyID, listed key: PublicKey) {
        self.key = key
        // One key has an id in each of two traditions; a signature may stand under either.
        signatureIDs = [id] + key.ids
        fileIDs = [id] + key.subkeyIDs
    }

    init(subkey id: KeyID, of key: PublicKey) {
        self.key = key
        signatureIDs = [id]
        fileIDs = [id]
    }
}

/// Which listed key of gpg a subkey belongs to.
struct SubkeyOwners: Sendable {
    private var owners: [KeyID: KeyID] = [:]

    init(_ keys: [KeyID: PublicKey]) {
        var shared: Set<KeyID> = []
        for (id, key) in keys where key.isOpenPGP {
            for subkey in key.subkeyIDs {
                if owners.updateValue(id, forKey: subkey) != nil { shared.insert(subkey) }
            }
        }
        for subkey in shared { owners[subkey] = nil }
    }

    /// `nil` for a subkey that two keys list, which then shows neither's hand.
    subscript(subkey: KeyID) -> KeyID? { owners[subkey] }
}
