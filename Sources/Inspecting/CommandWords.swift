// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A command's arguments, taken one after the other.
struct CommandWords {
    /// The program's own name.
    let program: String
    private var rest: ArraySlice<UTF8Text>

    /// - Returns: `nil` without a program, or for one that is neither a name nor the system's.
    init?(_ command: [UTF8Text]) {
        guard let first = command.first else { return nil }
        let path = Array(first.utf8)
        let folder = ["/usr/bin/", "/bin/"].first { path.starts(with: $0.utf8) }
        let name = path.dropFirst(folder?.utf8.count ?? 0)
        guard !name.contains(UInt8(ascii: "/")) else { return nil }
        program = String(decoding: name, as: UTF8.self)
        rest = command.dropFirst()
    }

    mutating func next() -> UTF8Text? { rest.popFirst() }

    /// The argument that an option must have.
    mutating func value(of option: UTF8Text) throws(CommandFault) -> UTF8Text {
        guard let value = rest.popFirst(), !value.isEmpty else {
            throw .argument(option, in: program)
        }
        return value
    }
}

/// Why a command of a program that is understood is not.
enum CommandFault: Error {
    case argument(UTF8Text, in: String)
    /// Something must be there that is not.
    case missing(String, in: String)
}

extension UTF8Text {
    func isSame(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    func starts(with other: String) -> Bool { utf8.starts(with: other.utf8) }

    /// What follows the first bytes.
    func dropping(_ count: Int) -> UTF8Text {
        UTF8Text(String(string.utf8.dropFirst(count)) ?? "")
    }
}
