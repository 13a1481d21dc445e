// SPDX-License-Identifier: Apache-2.0

/// One pass over the bytes: checks, and fills the node list.
struct Parser {
    typealias Node = JSONDocument.Node
    typealias Flags = JSONDocument.Flags

    let input: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0
    var nodes: [Node] = []
    /// White space seen so far: equal before and after a container means none inside.
    var spaces = 0

    init(_ input: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits) {
        self.input = input
        self.limits = limits
        nodes.reserveCapacity(min(input.count / 12 + 8, limits.maximumValues))
    }

    mutating func parse() throws(JSONError) -> [Node] {
        if input.starts(with: [0xEF, 0xBB, 0xBF]) { throw .byteOrderMark }
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard position == input.count else { throw .trailingData(offset: position) }
        return nodes
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard position < input.count else { throw .truncated }
        guard nodes.count < limits.maximumValues else {
            throw .tooManyValues(maximum: limits.maximumValues)
        }
        switch input[position] {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .boolean)
        case UInt8(ascii: "f"): try word("false", .boolean)
        case UInt8(ascii: "n"): try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case let byte: throw .unexpected(byte: byte, offset: position)
        }
    }

    // MARK: containers

    private mutating func open(_ kind: JSONKind, depth: Int) throws(JSONError) -> Int {
        guard depth <= limits.maximumDepth else {
            throw .tooDeep(maximum: limits.maximumDepth, offset: position)
        }
        nodes.append(
            Node(start: UInt32(position), end: 0, next: 0, kind: kind, flags: []))
        position += 1
        return nodes.count - 1
    }

    private mutating func close(_ index: Int, canonical: Bool, sorted: Bool = false) {
        position += 1
        nodes[index].end = UInt32(position)
        nodes[index].next = UInt32(nodes.count)
        if canonical { nodes[index].flags.insert(.canonical) }
        if sorted { nodes[index].flags.insert(.sorted) }
    }

    private mutating func array(depth: Int) throws(JSONError) {
        let index = try open(.array, depth: depth)
        let spacesBefore = spaces
        var canonical = true
        skipSpace()
        if try peek() != UInt8(ascii: "]") {
            while true {
                let element = nodes.count
                try value(depth: depth)
                canonical = canonical && nodes[element].flags.contains(.canonical)
                skipSpace()
                if try peek() == UInt8(ascii: "]") { break }
                try expect(UInt8(ascii: ","))
                skipSpace()
            }
        }
        close(index, canonical: canonical && spaces == spacesBefore)
    }

    private mutating func object(depth: Int) throws(JSONError) {
        let index = try open(.object, depth: depth)
        let spacesBefore = spaces
        var canonical = true
        var sorted = true
        var previousKey = -1
        skipSpace()
        if try peek() != UInt8(ascii: "}") {
            while true {
                let key = nodes.count
                guard try peek() == UInt8(ascii: "\"") else {
                    throw .unexpected(byte: input[position], offset: position)
                }
                try string()
                if previousKey >= 0 && sorted {
                    sorted = try follows(key, previousKey)
                }
                previousKey = key
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                let member = nodes.count
                try value(depth: depth)
                canonical =
                    canonical && nodes[key].flags.contains(.canonical)
                    && nodes[member].flags.contains(.canonical)
                skipSpace()
                if try peek() == UInt8(ascii: "}") { break }
                try expect(UInt8(ascii: ","))
                skipSpace()
            }
        }
        close(index, canonical: canonical && sorted && spaces == spacesBefore, sorted: sorted)
        if !sorted { try refuseDuplicates(index) }
    }

    /// Whether `key` sorts after `previous`; equal keys are refused at once.
    private func follows(_ key: Int, _ previous: Int) throws(JSONError) -> Bool {
        let order = compareKeys(nodes[previous], nodes[key], in: input)
        if order == 0 { throw duplicate(key) }
        return order < 0
    }

    private func refuseDuplicates(_ object: Int) throws(JSONError) {
        let keys = keysInOrder(of: object, nodes: nodes, input: input)
        for (left, right) in zip(keys, keys.dropFirst())
        where compareKeys(nodes[left], nodes[right], in: input) == 0 {
            throw duplicate(max(left, right))
        }
    }

    private func duplicate(_ key: Int) -> JSONError {
        let text = String(decoding: decoded(nodes[key], in: input), as: UTF8.self)
        return .duplicateKey(text, offset: Int(nodes[key].start) - 1)
    }

    // MARK: scalars

    private mutating func word(_ word: StaticString, _ kind: JSONKind) throws(JSONError) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < input.count else { throw .truncated }
            guard input[position] == word.utf8Start[offset] else {
                throw .unexpected(byte: input[position], offset: position)
            }
            position += 1
        }
        append(start, kind, [.canonical])
    }

    private mutating func number() throws(JSONError) {
        let start = position
        if input[position] == UInt8(ascii: "-") { position += 1 }
        let digits = position
        while position < input.count, isDigit(input[position]) { position += 1 }
        let count = position - digits
        let leadingZero = count > 0 && input[digits] == UInt8(ascii: "0")
        // Python reads no longer integers either; none of them has a use.
        guard count > 0, count <= 4300, !(leadingZero && count > 1) else {
            throw .malformedNumber(offset: start)
        }
        if position < input.count {
            let byte = input[position]
            if byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
                throw .fraction(offset: start)
            }
        }
        // "-0" is the integer 0, whose canonical form is "0".
        append(start, .integer, leadingZero && digits > start ? [] : [.canonical])
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func append(_ start: Int, _ kind: JSONKind, _ flags: Flags) {
        nodes.append(
            Node(
                start: UInt32(start), end: UInt32(position), next: UInt32(nodes.count + 1),
                kind: kind, flags: flags))
    }

    private mutating func string() throws(JSONError) {
        guard nodes.count < limits.maximumValues else {
            throw .tooManyValues(maximum: limits.maximumValues)
        }
        position += 1
        let start = position
        var flags: Flags = [.canonical]
        while true {
            guard position < input.count else { throw .truncated }
            let byte = input[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                flags.insert(.escaped)
                if try !escape() { flags.remove(.canonical) }
            } else if byte < 0x20 {
                throw .controlCharacter(offset: position)
            } else if byte < 0x80 {
                position += 1
            } else {
                try multibyte()
            }
        }
        append(start, .string, flags)
        position += 1
    }

    // MARK: small steps

    private mutating func skipSpace() {
        while position < input.count {
            switch input[position] {
            case 0x20, 0x09, 0x0A, 0x0D:
                position += 1
                spaces += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard position < input.count else { throw .truncated }
        return input[position]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        let found = try peek()
        guard found == byte else { throw .unexpected(byte: found, offset: position) }
        position += 1
    }
}
