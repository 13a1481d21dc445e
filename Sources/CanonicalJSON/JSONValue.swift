// SPDX-License-Identifier: Apache-2.0

/// A view of one value in a document.
public struct JSONValue: Sendable {
    /// The document that holds the bytes.
    public let document: JSONDocument
    let index: Int

    private var node: JSONDocument.Node { document.nodes[index] }

    public var kind: JSONKind { node.kind }

    /// Where the value's bytes stand in the document, quotes and brackets included.
    public var range: Range<Int> {
        let inset = node.kind == .string ? 1 : 0
        return Int(node.start) - inset..<Int(node.end) + inset
    }

    /// Whether the bytes as received already are the canonical form.
    public var isCanonical: Bool { node.flags.contains(.canonical) }

    /// Where the value stands, as in `signed.roles.root.threshold`; for messages.
    public var path: String { document.path(to: index) }

    // MARK: reading

    /// - Throws: ``JSONError/mismatch(path:found:expected:)`` if this is no object.
    public func object() throws(JSONError) -> JSONObject {
        guard kind == .object else { throw mismatch("an object") }
        return JSONObject(value: self)
    }

    /// The elements. - Throws: `mismatch` if this is no array.
    public func array() throws(JSONError) -> [JSONValue] {
        guard kind == .array else { throw mismatch("an array") }
        let document = document
        return document.nodes.withUnsafeBufferPointer { nodes in
            var elements: [JSONValue] = []
            let end = Int(nodes[index].next)
            var child = index + 1
            while child < end {
                elements.append(JSONValue(document: document, index: child))
                child = Int(nodes[child].next)
            }
            return elements
        }
    }

    /// The text. - Throws: `mismatch` if this is no string.
    public func text() throws(JSONError) -> UTF8Text {
        guard kind == .string else { throw mismatch("a string") }
        return document.text(of: node)
    }

    /// The text of each element. - Throws: `mismatch` unless this is an array of strings.
    public func texts() throws(JSONError) -> [UTF8Text] {
        var result: [UTF8Text] = []
        for element in try array() { result.append(try element.text()) }
        return result
    }

    /// - Throws: `mismatch` unless this is an integer within `range`.
    public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONError) -> Int {
        guard kind == .integer else { throw mismatch("an integer") }
        guard let value = Int(digits), range.contains(value) else {
            let upper = range.upperBound == Int.max ? "up" : "to \(range.upperBound)"
            throw mismatch(
                range.lowerBound == Int.min
                    ? "an integer of 64 bits" : "an integer from \(range.lowerBound) \(upper)")
        }
        return value
    }

    /// - Throws: `mismatch` if this is neither true nor false.
    public func boolean() throws(JSONError) -> Bool {
        guard kind == .boolean else { throw mismatch("true or false") }
        return document.bytes[Int(node.start)] == UInt8(ascii: "t")
    }

    /// The error that this value is not what was expected.
    public func mismatch(_ expected: String) -> JSONError {
        .mismatch(path: path, found: found, expected: expected)
    }

    private var found: String {
        switch kind {
        case .string: quoted(document.text(of: node))
        case .integer: digits.count > 40 ? "a long integer" : digits
        default: kind.words
        }
    }

    private var digits: String {
        String(decoding: document.bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    // MARK: copying out

    /// The value as a tree of its own, independent of the document.
    public func tree() -> JSON {
        switch kind {
        case .null: .null
        case .boolean: .boolean(document.bytes[Int(node.start)] == UInt8(ascii: "t"))
        case .integer: .integer(digits: digits == "-0" ? "0" : digits)
        case .string: .string(document.text(of: node))
        case .array: .array(children().map { $0.tree() })
        case .object:
            .object(
                JSONObject(value: self).map { JSON.Member($0.key, $0.value.tree()) })
        }
    }

    private func children() -> [JSONValue] { (try? array()) ?? [] }

    /// The canonical form (OLPC canonical JSON, as TUF and in-toto sign it).
    public func canonicalBytes() -> [UInt8] {
        if isCanonical { return Array(document.bytes[range]) }
        return CanonicalWriter.bytes(of: self)
    }

    /// Calls `body` with the canonical form: in place where the received bytes already are it.
    public func withCanonicalBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        if isCanonical {
            return try document.bytes.withUnsafeBytes {
                try body(UnsafeRawBufferPointer(rebasing: $0[range]))
            }
        }
        return try canonicalBytes().withUnsafeBytes(body)
    }
}

extension JSONDocument {
    func text(of node: Node) -> UTF8Text {
        if !node.flags.contains(.escaped) {
            let slice = bytes[Int(node.start)..<Int(node.end)]
            return UTF8Text(String(decoding: slice, as: UTF8.self))
        }
        let unescaped = bytes.withUnsafeBufferPointer { decoded(node, in: $0.baseAddress!) }
        return UTF8Text(String(decoding: unescaped, as: UTF8.self))
    }

    /// Walks down from the root to the node; only messages need it.
    func path(to target: Int) -> String {
        var path = ""
        var container = 0
        while container != target {
            let isObject = nodes[container].kind == .object
            var child = container + 1
            var position = 0
            while child < Int(nodes[container].next) {
                let value = isObject ? child + 1 : child
                if target < Int(nodes[value].next) { break }
                child = Int(nodes[value].next)
                position += 1
            }
            path += step(isObject ? child : nil, position, first: path.isEmpty)
            let isKey = isObject && target == child
            container = isObject && !isKey ? child + 1 : child
        }
        return path.isEmpty ? "document" : path
    }

    private func step(_ key: Int?, _ position: Int, first: Bool) -> String {
        guard let key else { return "[\(position)]" }
        let name = text(of: nodes[key])
        let plain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2F
        }
        let shown = plain && (1...120).contains(name.count) ? name.string : quoted(name)
        return first ? shown : ".\(shown)"
    }
}
