// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
public import MetadataSigning

/// To whom a targets role gives parts of its name space (TUF 1.0.34 §4.5).
public struct Delegations: Sendable {
    public let keys: [KeyID: PublicKey]
    public let roles: Roles
    /// Whose signatures count for each of the hash bins; of named roles each has its own.
    private let binAuthority: Authority?
    /// Whether a role is given paths by their hashes; most repositories delegate by patterns alone.
    private let isByHash: Bool

    /// Named roles in order of priority, or hash bins.
    public enum Roles: Sendable {
        case named([DelegatedRole])
        case succinct(SuccinctRoles)
    }

    package init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        keys = try TUFMetadata.keys(try object.required("keys"))
        switch (object["roles"], object["succinct_roles"]) {
        case (let list?, nil):
            var roles: [DelegatedRole] = []
            var names: Set<RoleName> = []
            for element in try list.array() {
                let role = try DelegatedRole(element)
                guard names.insert(role.name).inserted else {
                    throw element.mismatch("each role once")
                }
                roles.append(role)
            }
            self.roles = .named(roles)
            binAuthority = nil
            isByHash = roles.contains(where: \.isByHash)
        case (nil, let value?):
            let bins = try SuccinctRoles(value)
            roles = .succinct(bins)
            binAuthority = bins.roleKeys.authority(keys)
            isByHash = false
        default: throw value.mismatch("either roles or succinct_roles")
        }
    }

    /// The delegations that cover `path`, in order of priority.
    public func roles(covering path: TargetPath) -> [Delegation] {
        switch roles {
        case .named(let roles):
            let digits = isByHash ? hex(path.hash) : ""
            return roles.filter { $0.covers(path, digits) }.map(delegation(to:))
        case .succinct(let bins): return [delegation(toBin: bins.bin(for: path), bins)]
        }
    }

    /// The first role that covers `path`, without its keys.
    public func firstRole(covering path: TargetPath) -> RoleName? {
        switch roles {
        case .named(let roles):
            return firstPosition(covering: path).map { roles[$0].name }
        case .succinct(let bins): return bins.bin(for: path)
        }
    }

    /// The place of that role among the named ones; `nil` if there is none, or if there are bins.
    package func firstPosition(covering path: TargetPath) -> Int? {
        guard case .named(let roles) = roles else { return nil }
        let digits = isByHash ? hex(path.hash) : ""
        // By numbers, as a role that is looked at should not be copied for that.
        for place in roles.indices where roles[place].covers(path, digits) { return place }
        return nil
    }

    /// Number of roles delegated to; bins can be more than memory holds.
    public var count: Int {
        switch roles {
        case .named(let roles): roles.count
        case .succinct(let bins): bins.count
        }
    }

    /// All delegations: every named role, or every bin. Look at ``count`` first.
    public var all: [Delegation] { all(where: { _ in true }) }

    /// Those delegations whose roles are wanted.
    public func all(where isWanted: (RoleName) -> Bool) -> [Delegation] {
        switch roles {
        case .named(let roles):
            roles.filter { isWanted($0.name) }.map(delegation(to:))
        case .succinct(let bins):
            (0..<bins.count).map(bins.name(of:)).filter(isWanted)
                .map { delegation(toBin: $0, bins) }
        }
    }

    /// The delegation to the role of this name, or `nil`.
    public func delegation(to name: RoleName) -> Delegation? {
        switch roles {
        case .named(let roles): roles.first { $0.name == name }.map(delegation(to:))
        case .succinct(let bins):
            bins.number(of: name).map { delegation(toBin: bins.name(of: $0), bins) }
        }
    }

    private func delegation(to role: DelegatedRole) -> Delegation {
        Delegation(
            role: role.name, isTerminating: role.isTerminating,
            authority: role.roleKeys.authority(keys))
    }

    private func delegation(toBin role: RoleName, _ bins: SuccinctRoles) -> Delegation {
        Delegation(
            role: role, isTerminating: false,
            authority: binAuthority ?? bins.roleKeys.authority(keys))
    }
}

/// A role to go on with, and whose signatures count for it at this place.
public struct Delegation: Sendable {
    public let role: RoleName
    /// Whether the search ends here when the role does not have the file.
    public let isTerminating: Bool
    public let authority: Authority
}

/// One entry of `delegations.roles`.
public struct DelegatedRole: Sendable {
    public let name: RoleName
    public let roleKeys: RoleKeys
    public let isTerminating: Bool
    public let scope: Scope

    /// Which paths the role may speak for.
    public enum Scope: Sendable {
        case paths([PathPattern])
        /// Beginnings of the path's SHA-256 in hexadecimal digits.
        case hashPrefixes([String])
    }

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let nameValue = try object.required("name")
        name = RoleName(try nameValue.text())
        guard name.isFitForDelegation else {
            throw nameValue.mismatch("a name of no top-level role, of 1 to 200 bytes")
        }
        roleKeys = try RoleKeys(object)
        isTerminating = try object.required("terminating").boolean()
        switch (object["paths"], object["path_hash_prefixes"]) {
        case (let paths?, nil): scope = .paths(try paths.texts().map(PathPattern.init))
        case (nil, let prefixes?):
            for element in try prefixes.array() {
                let digits = try element.text().utf8
                let isHex = digits.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
                }
                guard isHex, digits.count <= 64 else {
                    throw element.mismatch("lower-case hexadecimal digits")
                }
            }
            scope = .hashPrefixes(try prefixes.texts().map(\.string))
        default: throw value.mismatch("either paths or path_hash_prefixes")
        }
    }

    /// Whether the role may speak for `path`.
    public func covers(_ path: TargetPath) -> Bool {
        covers(path, isByHash ? hex(path.hash) : "")
    }

    fileprivate var isByHash: Bool {
        if case .hashPrefixes = scope { true } else { false }
    }

    /// - Parameter digits: the path's hash, worked out once for all roles of a list.
    func covers(_ path: TargetPath, _ digits: String) -> Bool {
        switch scope {
        case .paths(let patterns):
            for number in patterns.indices where patterns[number].matches(path) { return true }
            return false
        case .hashPrefixes(let prefixes): return prefixes.contains { digits.hasBytePrefix($0) }
        }
    }
}

extension String {
    /// Whether it begins with these bytes. (`hasPrefix` goes by canonical equivalence.)
    fileprivate func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}
