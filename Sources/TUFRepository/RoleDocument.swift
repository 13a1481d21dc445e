// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The `signed` part of a role, the files that a change lists in it apart: a role may have a
/// million files, of which a change touches one, and a change may list a hundred thousand.
struct RoleDocument: Sendable {
    /// The document but for ``files``.
    var rest: JSON
    /// Target files to list, or to list no more.
    var files = FileChanges()

    init(_ rest: JSON) { self.rest = rest }

    /// The whole document.
    var tree: JSON {
        guard !files.isEmpty else { return rest }
        var result = rest
        var members: [JSON.Member] = []
        eachFile(beside: DocumentFrame.listed(rest)) { path, file in
            members.append(JSON.Member(path, file.entry))
        }
        result.set(DocumentFrame.targets, .object(members))
        return result
    }

    /// The canonical form of ``tree``, made without it.
    ///
    /// - Parameter frame: that of the last document; many documents differ in their files alone.
    func canonicalBytes(_ frame: inout DocumentFrame?) -> [UInt8] {
        guard !files.isEmpty else { return rest.canonicalBytes() }
        if frame?.isOf(rest) != true { frame = DocumentFrame(rest) }
        var output: [UInt8] = []
        guard let frame else { return output }
        output.reserveCapacity(frame.byteCount + files.canonicalSize)
        output += frame.head
        if frame.listed.isEmpty {
            files.writeCanonical(to: &output)
        } else {
            var separator: UInt8?
            eachFile(beside: frame.listed) { path, file in
                if let separator { output.append(separator) }
                separator = UInt8(ascii: ",")
                DocumentFrame.writeKey(path, to: &output)
                file.writeCanonical(to: &output)
            }
        }
        output += frame.tail
        return output
    }

    /// All files that the document lists once changed, in order.
    ///
    /// - Parameter members: those that it listed before, in order.
    private func eachFile(
        beside members: [JSON.Member], _ body: (UTF8Text, ListedFile) -> Void
    ) {
        var old = members[...]
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
