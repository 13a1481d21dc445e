// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning
package import TUFMetadata
import TUFRepository

/// What a targets role says: its files, and to whom it delegates.
package struct SimulatedTargets: Sendable {
    package var files: [JSON.Member] = []
    package var delegations: [SimulatedDelegation] = []
    package var bins: SimulatedBins?

    package init() {}

    /// Lists a file under any path, a bad one included.
    package mutating func add(_ path: UTF8Text, _ content: String) {
        let bytes = Array(content.utf8)
        let digest = DigestAlgorithm.sha256.hexDigest(of: bytes)
        files.removeAll { $0.key == path }
        let entry = MetadataBuilder.targetFile(length: bytes.count, sha256: digest, custom: nil)
        files.append(JSON.Member(path, entry))
    }

    var json: JSON? {
        if let bins {
            return ["keys": keyMap(bins.keys), "succinct_roles": bins.json]
        }
        guard !delegations.isEmpty else { return nil }
        return [
            "keys": keyMap(delegations.flatMap(\.keys)),
            "roles": .array(delegations.map(\.json)),
        ]
    }

    func keys(of role: RoleName) -> [TestKey]? {
        if let bins, bins.names.contains(role) { return bins.keys }
        return delegations.first { $0.role == role }?.keys
    }
}

/// A named delegation.
package struct SimulatedDelegation: Sendable {
    package var role: RoleName
    package var keys: [TestKey]
    package var threshold = 1
    package var patterns: [UTF8Text]
    /// In place of patterns.
    package var hashPrefixes: [UTF8Text]?
    package var isTerminating = false

    /// - Parameter keys: one named after the role if none are given.
    package init(
        _ role: UTF8Text, _ patterns: [UTF8Text] = ["*"], hashPrefixes: [UTF8Text]? = nil,
        keys: [TestKey]? = nil, threshold: Int = 1, terminating: Bool = false
    ) {
        self.role = RoleName(role)
        self.keys = keys ?? [TestKey(role.string)]
        self.threshold = threshold
        self.patterns = patterns
        self.hashPrefixes = hashPrefixes
        isTerminating = terminating
    }

    var json: JSON {
        var json = roleKeys(keys, threshold)
        json.set("name", .string(role.text))
        json.set("terminating", .boolean(isTerminating))
        if let hashPrefixes {
            json.set("path_hash_prefixes", .array(hashPrefixes.map(JSON.string)))
        } else {
            json.set("paths", .array(patterns.map(JSON.string)))
        }
        return json
    }
}

/// A delegation to hash bins.
package struct SimulatedBins: Sendable {
    package var prefix: String
    package var bitLength: Int
    package var keys: [TestKey]

    package init(prefix: String, bitLength: Int) {
        self.prefix = prefix
        self.bitLength = bitLength
        keys = [TestKey(prefix)]
    }

    /// The bins' names, in order.
    package var names: [RoleName] {
        let width = (bitLength + 3) / 4
        return (0..<(1 << bitLength)).map { bin in
            let digits = String(bin, radix: 16)
            let padding = String(repeating: "0", count: width - digits.utf8.count)
            return RoleName(UTF8Text("\(prefix)-\(padding)\(digits)"))
        }
    }

    var json: JSON {
        var json = roleKeys(keys, 1)
        json.set("bit_length", .integer(bitLength))
        json.set("name_prefix", .text(prefix))
        return json
    }
}

/// A `keys` member.
func keyMap(_ keys: [TestKey]) -> JSON {
    var members: [JSON.Member] = []
    var seen: Set<UTF8Text> = []
    for key in keys where seen.insert(key.id.text).inserted {
        members.append(JSON.Member(key.id.text, key.key.publicKey.json))
    }
    return .object(members)
}

/// The members `keyids` and `threshold`.
func roleKeys(_ keys: [TestKey], _ threshold: Int) -> JSON {
    ["keyids": .array(keys.map { .string($0.id.text) }), "threshold": .integer(threshold)]
}
