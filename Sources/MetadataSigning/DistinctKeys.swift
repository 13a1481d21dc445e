// SPDX-License-Identifier: Apache-2.0

/// Keys that are counted as different signers: none shares its material, or that of a subkey,
/// with another.
package struct DistinctKeys: Sendable {
    private var materials: Set<KeyMaterial> = []
    package private(set) var count = 0

    package init() {}

    /// Takes the keys that can be used, each one once.
    package init(_ keys: some Sequence<PublicKey>) {
        for key in keys where key.material != nil { insert(key) }
    }

    /// Whether the key, or one that shares a subkey with it, is counted already.
    package func contain(_ key: PublicKey) -> Bool {
        key.materials.contains(where: materials.contains)
    }

    /// Counts a key unless it is counted already.
    package mutating func insert(_ key: PublicKey) {
        guard key.material != nil, !contain(key) else { return }
        materials.formUnion(key.materials)
        count += 1
    }
}
