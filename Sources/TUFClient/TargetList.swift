// SPDX-License-Identifier: Apache-2.0
public import TUFMetadata

/// The files that a repository offers, as far as its roles verify.
public struct TargetList: Sendable {
    /// Those that a search for their path would find, by path.
    public let files: [FoundTarget]
    /// The roles that the list goes without, in the order in which they were met.
    public let failures: [RoleFailure]

    /// A list that goes without nothing.
    public init(_ files: [FoundTarget]) { self.init(files, []) }

    init(_ files: [FoundTarget], _ failures: [RoleFailure]) {
        self.files = files
        self.failures = failures
    }

    /// The files of a list that goes without no role.
    ///
    /// - Throws: the error of the first role that it goes without.
    public func complete() throws(UpdateError) -> [FoundTarget] {
        if let failure = failures.first { throw failure.error }
        return files
    }
}

/// A role that could not be taken into account, or whose own delegations could not.
public struct RoleFailure: Error, Equatable, Sendable {
    public let role: RoleName
    /// Who delegates to it.
    public let parent: RoleName
    public let error: UpdateError
    /// Number of paths that other roles list and for which this one might speak first, so that
    /// nobody can say what is right for them.
    public package(set) var withheld = 0

    package init(role: RoleName, parent: RoleName, error: UpdateError) {
        self.role = role
        self.parent = parent
        self.error = error
    }

    /// What the last role of a chain delegates to is not looked at.
    package init(below chain: [RoleName], _ error: UpdateError) {
        let role = chain[chain.count - 1]
        let parent = chain.count > 1 ? chain[chain.count - 2] : .root
        self.init(role: role, parent: parent, error: error)
    }
}

extension RoleFailure: CustomStringConvertible {
    public var description: String {
        let verb = if case .tooManyRoles = error { "delegates" } else { "lists" }
        let others =
            switch withheld {
            case 0: ""
            case 1: "; so is 1 file of another role, as this one may speak for it first"
            default:
                "; so are \(withheld) files of other roles, as this one may speak for them first"
            }
        return "what \(role) \(verb) is left out: \(error)\(others)"
    }
}
