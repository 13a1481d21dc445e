// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The `signed` part of a role, the files that a change lists in it apart: a role may have a
/// million files, of which a change touches one, and a change may list a hundred thousand.
struct RoleDocument: Sendable {
    /// The document but for ``files``.
    var rest: JSON
    /// Target files to list, or to list no more.
    var files = FileChanges()

    /// Name of the member with the files.
    private static let targets: UTF8Text = "targets"

    init(_ rest: JSON) { self.rest = rest }

    /// The whole document.
    var tree: JSON {
        guard !files.isEmpty else { return rest }
        var result = rest
        var members: [JSON.Member] = []
        eachFile { path, file in members.append(JSON.Member(path, file.entry)) }
        result.set(RoleDocument.targets, .object(members))
        return result
    }

    /// The canonical form of ``tree``, made without it.
    func canonicalBytes() -> [UInt8] {
        guard !files.isEmpty else { return rest.canonicalBytes() }
        var members = (rest.members ?? []).filter { $0.key != RoleDocument.targets }
        members.append(JSON.Member(RoleDocument.targets, .null))
        members.sort { $0.key < $1.key }
        var output: [UInt8] = []
        output.reserveCapacity(512 + 256 * files.all.count)
        var separator = UInt8(ascii: "{")
        for member in members {
            output.append(separator)
            separator = UInt8(ascii: ",")
            RoleDocument.writeKey(member.key, to: &output)
            if member.key == RoleDocument.targets {
                writeFiles(to: &output)
            } else {
                member.value.write(.canonical, 0, to: &output)
            }
        }
        output.append(UInt8(ascii: "}"))
        return output
    }

    private func writeFiles(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        eachFile { path, file in
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            RoleDocument.writeKey(path, to: &output)
            file.writeCanonical(to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func writeKey(_ key: UTF8Text, to output: inout [UInt8]) {
        key.withBytes { JSON.append($0, .canonical, to: &output) }
        output.append(UInt8(ascii: ":"))
    }

    /// All files that the document lists once changed, in order.
    private func eachFile(_ body: (UTF8Text, ListedFile) -> Void) {
        let members = rest[RoleDocument.targets]?.members ?? []
        var old = members.isEmpty ? [] : members.sorted { $0.key < $1.key }[...]
        for (path, change) in files.all {
            while let member = old.first, member.key < path {
                body(member.key, .entry(member.value))
                old.removeFirst()
            }
            if let member = old.first, member.key == path { old.removeFirst() }
            if let change { body(path, change) }
        }
        for member in old { body(member.key, .entry(member.value)) }
    }
}
