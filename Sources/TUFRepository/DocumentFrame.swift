// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// What the canonical form of a targets document has around its files: the same for all hash bins
/// that a change makes, of which there may be 65,536.
struct DocumentFrame {
    /// Up to the brace before the first file.
    let head: [UInt8]
    /// From the brace after the last file on.
    let tail: [UInt8]
    /// Files that the document lists by itself, in order.
    let listed: [JSON.Member]
    private let rest: JSON

    /// Name of the member with the files.
    static let targets: UTF8Text = "targets"

    /// - Parameter rest: the document, the files that a change lists apart.
    init(_ rest: JSON) {
        self.rest = rest
        listed = DocumentFrame.listed(rest)
        var members = (rest.members ?? []).filter { $0.key != DocumentFrame.targets }
        members.append(JSON.Member(DocumentFrame.targets, .null))
        members.sort { $0.key < $1.key }
        var head: [UInt8] = []
        var output: [UInt8] = []
        var separator = UInt8(ascii: "{")
        for member in members {
            output.append(separator)
            separator = UInt8(ascii: ",")
            DocumentFrame.writeKey(member.key, to: &output)
            if member.key == DocumentFrame.targets {
                head = output + [UInt8(ascii: "{")]
                output = [UInt8(ascii: "}")]
            } else {
                member.value.write(.canonical, 0, to: &output)
            }
        }
        output.append(UInt8(ascii: "}"))
        self.head = head
        tail = output
    }

    /// Whether it is the one of this document. Those that are copies of one tree have it in the
    /// same place, and are not looked through.
    func isOf(_ rest: JSON) -> Bool { self.rest == rest }

    var byteCount: Int { head.count + tail.count }

    /// The files of a document, in order.
    static func listed(_ rest: JSON) -> [JSON.Member] {
        (rest[targets]?.members ?? []).sorted { $0.key < $1.key }
    }

    static func writeKey(_ key: UTF8Text, to output: inout [UInt8]) {
        key.withBytes { JSON.append($0, .canonical, to: &output) }
        output.append(UInt8(ascii: ":"))
    }
}
