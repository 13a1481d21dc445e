// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFRepository

/// Keys found or made for a repository that is being made; what was made can be taken back.
struct NewKeys {
    let directory: KeyDirectory
    private var made: [String] = []

    init(_ directory: KeyDirectory) { self.directory = directory }

    /// The keys named, made where they do not exist, and the threshold; all must sign if it is
    /// not said.
    mutating func keys(
        _ names: [String], _ proposal: String, _ threshold: Int?
    ) throws -> RepositoryPlan.Keys {
        var holders: [(name: String, key: PublicKey)] = []
        for name in names.isEmpty ? [proposal] : names {
            if directory.exists(name) {
                holders.append((personName(name), try directory.publicKey(name)))
            } else {
                holders.append((personName(name), try directory.make(name, .ed25519)))
                made.append(name)
            }
        }
        let wanted = threshold ?? holders.count
        let distinct = Set(holders.compactMap(\.key.material)).count
        guard wanted <= distinct else {
            throw CommandFailure(
                "threshold \(wanted) found, but there are \(distinct) different keys: "
                    + holders.map(\.name).joined(separator: ", "))
        }
        return RepositoryPlan.Keys(holders, threshold: wanted)
    }

    /// Says which keys were made.
    func report() {
        for name in made { Output.remark("new key \(name): \(directory.privatePath(name))") }
    }

    func takeBack() {
        for name in made { directory.unmake(name) }
    }
}

/// A key's name without folder and ending: who holds it.
func personName(_ key: String) -> String {
    let name = FileSystem.name(of: key.hasPrefix("file:") ? String(key.dropFirst(5)) : key)
    return name.hasSuffix(".pem") || name.hasSuffix(".pub") ? String(name.dropLast(4)) : name
}
