// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import Synchronization

/// What a walk through a repository's roles and files is for.
enum MirrorPurpose: Sendable {
    /// To get what is missing.
    case sync
    /// To count it.
    case count
    /// To read all that is there, and perhaps to heal it.
    case check(MirrorProblems, heals: Bool)

    var isCheck: Bool { if case .check = self { true } else { false } }

    /// Whether the mirror has all roles once the walk went through them.
    var placesRoles: Bool { if case .count = self { false } else { true } }
}

/// A file of a mirror that is not as it should be.
package struct MirrorProblem: Sendable, Equatable {
    package enum Kind: String, Sendable { case damaged, missing }

    package let name: UTF8Text
    package let kind: Kind
    /// Whether it was replaced by the right one.
    package let isHealed: Bool

    package init(name: UTF8Text, kind: Kind, isHealed: Bool = false) {
        self.name = name
        self.kind = kind
        self.isHealed = isHealed
    }
}

/// The problems that a walk finds, on many threads.
final class MirrorProblems: Sendable {
    private let found = Mutex<[UTF8Text: MirrorProblem]>([:])

    func add(_ name: UTF8Text, _ kind: MirrorProblem.Kind) {
        found.withLock { $0[name] = MirrorProblem(name: name, kind: kind) }
    }

    func heal(_ name: UTF8Text) {
        found.withLock { found in
            guard let problem = found[name] else { return }
            found[name] = MirrorProblem(name: name, kind: problem.kind, isHealed: true)
        }
    }

    /// Whether a file was found to be wrong, and is so still.
    func isLeft(_ name: UTF8Text) -> Bool {
        found.withLock { $0[name].map { !$0.isHealed } ?? false }
    }

    var all: [MirrorProblem] {
        found.withLock { $0.values.sorted { $0.name < $1.name } }
    }
}
