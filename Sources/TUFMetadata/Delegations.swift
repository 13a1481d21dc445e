// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// To whom a targets role gives parts of its name space (TUF 1.0.34 §4.5).
public struct Delegations: Sendable {
    public let keys: [KeyID: PublicKey]
    public let roles: Roles

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
        case (nil, let bins?): roles = .succinct(try SuccinctRoles(bins))
        default: throw value.mismatch("either roles or succinct_roles")
        }
    }

    /// The delegations that cover `path`, in order of priority.
    public func roles(covering path: TargetPath) -> [Delegation] {
        switch roles {
        case .named(let roles):
            // Most repositories delegate by patterns alone.
            let digits = roles.contains(where: \.isByHash) ? hex(path.hash) : ""
            return roles.filter { $0.covers(path, digits) }.map(delegation(to:))
        case .succinct(let bins): return [delegation(toBin: bins.bin(for: path), bins)]
        }
    }

    /// The first role that covers `path`, without its keys.
    public func firstRole(covering path: TargetPath) -> RoleName? {
        switch roles {
        case .named(let roles):
            let digits = roles.contains(where: \.isByHash) ? hex(path.hash) : ""
            return roles.first { $0.covers(path, digits) }?.name
        case .succinct(let bins): return bins.bin(for: path)
        }
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
            role: role, isTerminating: false, authority: bins.roleKeys.authority(keys))
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
        case .paths(let patterns): patterns.contains { $0.matches(path) }
        case .hashPrefixes(let prefixes): prefixes.contains { digits.hasBytePrefix($0) }
        }
    }
}

extension String {
    /// Whether it begins with these bytes. (`hasPrefix` goes by canonical equivalence.)
    fileprivate func hasBytePrefix(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}

/// Hash bins described by one entry (TAP 15, TUF 1.0.34 §4.5).
public struct SuccinctRoles: Sendable {
    public let roleKeys: RoleKeys
    /// 1 to 32.
    public let bitLength: Int
    public let namePrefix: UTF8Text

    package init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        roleKeys = try RoleKeys(object)
        bitLength = try object.required("bit_length").integer(in: 1...32)
        let prefixValue = try object.required("name_prefix")
        namePrefix = try prefixValue.text()
        guard (1...180).contains(percentEncoded(namePrefix).utf8.count) else {
            throw prefixValue.mismatch("a name of 1 to 180 bytes")
        }
    }

    /// Number of bins.
    public var count: Int { 1 << bitLength }

    /// The bin that holds `path`: the first bits of its hash.
    public func bin(for path: TargetPath) -> RoleName { name(of: number(for: path)) }

    /// The number of the bin that holds `path`.
    package func number(for path: TargetPath) -> Int {
        let hash = path.hash
        var head: UInt32 = 0
        for offset in 0..<4 { head = head << 8 | UInt32(hash[offset]) }
        return Int(head >> UInt32(32 - bitLength))
    }

    /// The number of the bin of this name, or `nil` if there is none.
    package func number(of role: RoleName) -> Int? {
        namePrefix.withBytes { prefix in
            role.text.withBytes { name in
                guard name.count == prefix.count + 1 + width, name.starts(with: prefix),
                    name[prefix.count] == UInt8(ascii: "-")
                else { return nil }
                var number = 0
                for byte in name[(prefix.count + 1)...] {
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"):
                        number = number << 4 | Int(byte - UInt8(ascii: "0"))
                    case UInt8(ascii: "a")...UInt8(ascii: "f"):
                        number = number << 4 | Int(byte - UInt8(ascii: "a") + 10)
                    default: return nil
                    }
                }
                return number < count ? number : nil
            }
        }
    }

    /// `PREFIX-0a`: the number in hexadecimal digits, all of one width.
    public func name(of bin: Int) -> RoleName {
        precondition((0..<count).contains(bin), "there is no such bin")
        let name = namePrefix.withBytes { prefix in
            String(unsafeUninitializedCapacity: prefix.count + 1 + width) { output in
                var offset = output.update(fromContentsOf: prefix)
                output[offset] = UInt8(ascii: "-")
                for place in (0..<width).reversed() {
                    offset += 1
                    let digit = UInt8(bin >> (4 * place) & 15)
                    output[offset] =
                        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                }
                return offset + 1
            }
        }
        return RoleName(UTF8Text(name))
    }

    /// Hexadecimal digits of a bin's number.
    private var width: Int { (bitLength + 3) / 4 }
}
