// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
public import SourceFiles

/// What is wrong with a layout source, and where.
public struct LayoutSourceError: Error, Equatable, Sendable, CustomStringConvertible {
    public let file: String
    public let place: SourcePlace
    public let message: String

    public var description: String { "\(file):\(place.line):\(place.column): \(message)" }
}

/// Reads one mapping strictly: every field is known, and of the kind expected.
struct SourceMapping {
    let file: String
    /// What the mapping is, for messages: `the layout`, `step "build"`.
    let subject: String
    let node: SourceNode
    private let members: [String: SourceNode]
    private let places: [String: SourcePlace]

    init(
        _ node: SourceNode, file: String, subject: String, fields: [String]?
    ) throws(LayoutSourceError) {
        self.file = file
        self.subject = subject
        self.node = node
        guard case .mapping(let entries) = node.content else {
            throw error(node, file, "\(subject): a mapping of fields expected")
        }
        var members: [String: SourceNode] = [:]
        var places: [String: SourcePlace] = [:]
        for entry in entries {
            guard case .text(let name) = entry.key.content else {
                throw error(entry.key, file, "\(subject): a field name expected")
            }
            if let fields, !fields.contains(name) {
                throw error(entry.key, file, SourceMapping.unknown(name, subject, fields))
            }
            members[name] = entry.value
            places[name] = entry.key.place
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

    func required(_ name: String) throws(LayoutSourceError) -> SourceNode {
        guard let node = members[name] else {
            throw error(self.node, file, "\(subject): field \"\(name)\" is missing")
        }
        return node
    }

    func optional(_ name: String) -> SourceNode? { members[name] }

    /// The names and nodes, in no order.
    var all: [(name: String, place: SourcePlace, node: SourceNode)] {
        members.map { ($0.key, places[$0.key] ?? node.place, $0.value) }
            .sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
    }

    func text(_ name: String) throws(LayoutSourceError) -> String {
        try text(try required(name), name)
    }

    func text(_ node: SourceNode, _ name: String) throws(LayoutSourceError) -> String {
        guard case .text(let text) = node.content, !text.isEmpty else {
            throw failure(node, "\(name): a text expected")
        }
        return text
    }

    func texts(_ name: String) throws(LayoutSourceError) -> [(text: String, node: SourceNode)] {
        guard let node = members[name] else { return [] }
        guard case .list(let elements) = node.content else {
            throw failure(node, "\(name): a list expected, as in [a, b]")
        }
        var result: [(String, SourceNode)] = []
        for element in elements { result.append((try text(element, name), element)) }
        return result
    }

    func count(_ name: String, default fallback: Int?) throws(LayoutSourceError) -> Int {
        guard let node = members[name] else {
            if let fallback { return fallback }
            return try count(try required(name), name)
        }
        return try count(node, name)
    }

    private func count(_ node: SourceNode, _ name: String) throws(LayoutSourceError) -> Int {
        guard case .text(let digits) = node.content, let value = Int(digits),
            (1...1000).contains(value)
        else {
            throw failure(node, "\(name): a number from 1 to 1000 expected")
        }
        return value
    }

    func failure(_ node: SourceNode, _ message: String) -> LayoutSourceError {
        error(node, file, "\(subject): \(message)")
    }
}

private func error(_ node: SourceNode, _ file: String, _ message: String) -> LayoutSourceError {
    LayoutSourceError(file: file, place: node.place, message: message)
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
