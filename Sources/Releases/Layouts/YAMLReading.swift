// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import Yams

/// Where something stands in a source file, both counted from 1.
public struct YAMLPlace: Sendable, Equatable {
    public let line: Int
    public let column: Int
}

/// What is wrong with a layout source, and where.
public struct LayoutSourceError: Error, Equatable, Sendable, CustomStringConvertible {
    public let file: String
    public let place: YAMLPlace
    public let message: String

    public var description: String { "\(file):\(place.line):\(place.column): \(message)" }
}

/// Reads one mapping strictly: every field is known, and of the kind expected.
struct YAMLMapping {
    let file: String
    /// What the mapping is, for messages: `the layout`, `step "build"`.
    let subject: String
    let node: Node
    private let members: [String: Node]
    private let places: [String: YAMLPlace]

    init(
        _ node: Node, file: String, subject: String, fields: [String]?
    ) throws(LayoutSourceError) {
        self.file = file
        self.subject = subject
        self.node = node
        guard case .mapping(let mapping) = node else {
            throw error(node, file, "\(subject): a mapping of fields expected")
        }
        var members: [String: Node] = [:]
        var places: [String: YAMLPlace] = [:]
        for (key, value) in mapping {
            guard let name = key.string else {
                throw error(key, file, "\(subject): a field name expected")
            }
            if let fields, !fields.contains(name) {
                throw error(key, file, YAMLMapping.unknown(name, subject, fields))
            }
            members[name] = value
            places[name] = place(key)
        }
        self.members = members
        self.places = places
    }

    private static func unknown(_ name: String, _ subject: String, _ fields: [String]) -> String {
        let nearest = fields.min { distance(name, $0) < distance(name, $1) }
        let hint =
            nearest.flatMap { distance(name, $0) <= 3 ? "did you mean \"\($0)\"?" : nil }
            ?? "expected one of \(fields.joined(separator: ", "))"
        return "unknown field \(quoted(name)) in \(subject), \(hint)"
    }

    // MARK: fields

    func required(_ name: String) throws(LayoutSourceError) -> Node {
        guard let node = members[name] else {
            throw error(self.node, file, "\(subject): field \"\(name)\" is missing")
        }
        return node
    }

    func optional(_ name: String) -> Node? { members[name] }

    /// The names and nodes, in no order.
    var all: [(name: String, place: YAMLPlace, node: Node)] {
        members.map { ($0.key, places[$0.key] ?? place(node), $0.value) }
            .sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
    }

    func text(_ name: String) throws(LayoutSourceError) -> String {
        try text(try required(name), name)
    }

    func text(_ node: Node, _ name: String) throws(LayoutSourceError) -> String {
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            throw failure(node, "\(name): a text expected")
        }
        return scalar.string
    }

    func texts(_ name: String) throws(LayoutSourceError) -> [(text: String, node: Node)] {
        guard let node = members[name] else { return [] }
        guard case .sequence(let sequence) = node else {
            throw failure(node, "\(name): a list expected, as in [a, b]")
        }
        var result: [(String, Node)] = []
        for element in sequence { result.append((try text(element, name), element)) }
        return result
    }

    func count(_ name: String, default fallback: Int?) throws(LayoutSourceError) -> Int {
        guard let node = members[name] else {
            if let fallback { return fallback }
            return try count(try required(name), name)
        }
        return try count(node, name)
    }

    private func count(_ node: Node, _ name: String) throws(LayoutSourceError) -> Int {
        guard let value = node.int, (1...1000).contains(value) else {
            throw failure(node, "\(name): a number from 1 to 1000 expected")
        }
        return value
    }

    func failure(_ node: Node, _ message: String) -> LayoutSourceError {
        error(node, file, "\(subject): \(message)")
    }
}

private func error(_ node: Node, _ file: String, _ message: String) -> LayoutSourceError {
    LayoutSourceError(file: file, place: place(node), message: message)
}

func place(_ node: Node) -> YAMLPlace {
    YAMLPlace(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
}

/// Number of single-character changes between two words (Levenshtein).
func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(64))
    let right = Array(right.utf8.prefix(64))
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            current.append(
                min(
                    previous[column + 1] + 1, current[column] + 1,
                    previous[column] + (byte == other ? 0 : 1)))
        }
        previous = current
    }
    return previous[right.count]
}

/// Splits at white space; a part in double quotes may hold some.
func words(_ text: String) -> [UTF8Text]? {
    var words: [UTF8Text] = []
    var current: [UInt8] = []
    var isQuoted = false
    var isOpen = false
    for byte in text.utf8 {
        if byte == UInt8(ascii: "\"") {
            isQuoted.toggle()
            isOpen = true
        } else if !isQuoted && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")) {
            if isOpen { words.append(UTF8Text(String(decoding: current, as: UTF8.self))) }
            current = []
            isOpen = false
        } else {
            current.append(byte)
            isOpen = true
        }
    }
    if isOpen { words.append(UTF8Text(String(decoding: current, as: UTF8.self))) }
    return isQuoted ? nil : words
}
