// SPDX-License-Identifier: Apache-2.0

/// One pass over the bytes: checks, and fills the node list.
///
/// Works on bare pointers, as this is where the time of a large document goes. Every read is
/// behind a comparison with `count`, every node behind one with `capacity`.
struct Parser {
    typealias Node = JSONDocument.Node
    typealias Flags = JSONDocument.Flags

    let input: UnsafeBufferPointer<UInt8>
    let base: UnsafePointer<UInt8>
    let count: Int
    let nodes: UnsafeMutablePointer<Node>
    let capacity: Int
    let maximumDepth: Int
    var position = 0
    /// Nodes filled so far.
    var used = 0
    /// White space seen so far: equal before and after a container means none inside.
    var spaces = 0

    init(
        _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Node>,
        maximumDepth: Int
    ) {
        self.input = input
        // An empty buffer may have no address; then both counts are zero and nothing is read.
        base = input.baseAddress ?? UnsafePointer(bitPattern: 1)!
        count = input.count
        nodes = output.baseAddress ?? UnsafeMutablePointer(bitPattern: MemoryLayout<Node>.stride)!
        capacity = output.count
        self.maximumDepth = maximumDepth
    }

    mutating func parse() throws(Fault) {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            throw Fault(.byteOrderMark, 0)
        }
        skipSpace()
        _ = try value(depth: 0)
        skipSpace()
        guard position == count else { throw Fault(.trailingData, position) }
    }

    /// - Returns: whether the value is in canonical form.
    private mutating func value(depth: Int) throws(Fault) -> Bool {
        guard position < count else { throw Fault(.truncated, position) }
        guard used < capacity else { throw Fault(.full, position) }
        switch base[position] {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "t"): return try word("true", .boolean)
        case UInt8(ascii: "f"): return try word("false", .boolean)
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw Fault(.unexpected, position)
        }
    }

    // MARK: containers

    private mutating func open(_ kind: JSONKind, depth: Int) throws(Fault) -> Int {
        guard depth <= maximumDepth else { throw Fault(.tooDeep, position) }
        let index = append(position, kind, [])
        position += 1
        return index
    }

    private mutating func close(_ index: Int, canonical: Bool, sorted: Bool = false) {
        position += 1
        let open = nodes[index]
        var flags: Flags = canonical ? [.canonical] : []
        if sorted { flags.insert(.sorted) }
        nodes[index] = Node(
            start: Int(open.start), end: position, next: used, kind: open.kind, flags: flags)
    }

    private mutating func array(depth: Int) throws(Fault) -> Bool {
        let index = try open(.array, depth: depth)
        let spacesBefore = spaces
        var canonical = true
        skipSpace()
        if try peek() != UInt8(ascii: "]") {
            while true {
                canonical = try value(depth: depth) && canonical
                skipSpace()
                if try peek() == UInt8(ascii: "]") { break }
                try expect(UInt8(ascii: ","))
                skipSpace()
            }
        }
        canonical = canonical && spaces == spacesBefore
        close(index, canonical: canonical)
        return canonical
    }

    private mutating func object(depth: Int) throws(Fault) -> Bool {
        let index = try open(.object, depth: depth)
        let spacesBefore = spaces
        var canonical = true
        var sorted = true
        var previousKey = -1
        skipSpace()
        if try peek() != UInt8(ascii: "}") {
            while true {
                let key = used
                guard try peek() == UInt8(ascii: "\"") else { throw Fault(.unexpected, position) }
                guard used < capacity else { throw Fault(.full, position) }
                canonical = try string() && canonical
                if previousKey >= 0 && sorted { sorted = try follows(key, previousKey) }
                previousKey = key
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                canonical = try value(depth: depth) && canonical
                skipSpace()
                if try peek() == UInt8(ascii: "}") { break }
                try expect(UInt8(ascii: ","))
                skipSpace()
            }
        }
        canonical = canonical && sorted && spaces == spacesBefore
        close(index, canonical: canonical, sorted: sorted)
        if !sorted, let key = duplicateKey(of: index, nodes: nodes, input: base) {
            throw Fault(.duplicateKey, key)
        }
        return canonical
    }

    /// Whether `key` sorts after `previous`; equal keys are refused at once.
    @inline(__always)
    private func follows(_ key: Int, _ previous: Int) throws(Fault) -> Bool {
        let order = compareKeys(nodes[previous], nodes[key], in: base)
        if order == 0 { throw Fault(.duplicateKey, key) }
        return order < 0
    }

    // MARK: scalars

    private mutating func word(_ word: StaticString, _ kind: JSONKind) throws(Fault) -> Bool {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < count else { throw Fault(.truncated, position) }
            guard base[position] == word.utf8Start[offset] else {
                throw Fault(.unexpected, position)
            }
            position += 1
        }
        append(start, kind, [.canonical])
        return true
    }

    private mutating func number() throws(Fault) -> Bool {
        let start = position
        var end = start
        if base[end] == UInt8(ascii: "-") { end += 1 }
        let digits = end
        while end < count, base[end] &- UInt8(ascii: "0") < 10 { end += 1 }
        let length = end - digits
        let leadingZero = length > 0 && base[digits] == UInt8(ascii: "0")
        // Python reads no longer integers either; none of them has a use.
        guard length > 0, length <= 4300, !(leadingZero && length > 1) else {
            throw Fault(.malformedNumber, start)
        }
        if end < count {
            let byte = base[end]
            if byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
                throw Fault(.fraction, start)
            }
        }
        position = end
        // "-0" is the integer 0, whose canonical form is "0".
        let canonical = !(leadingZero && digits > start)
        append(start, .integer, canonical ? [.canonical] : [])
        return canonical
    }

    /// A string, from its quote on; there is room for its node.
    @inline(__always)
    private mutating func string() throws(Fault) -> Bool {
        let start = position + 1
        position = endOfPlainText(from: start)
        if position < count, base[position] == UInt8(ascii: "\"") {
            append(start, .string, [.canonical])
            position += 1
            return true
        }
        return try unusualString(start)
    }

    // MARK: small steps

    @inline(__always) @discardableResult
    mutating func append(_ start: Int, _ kind: JSONKind, _ flags: Flags) -> Int {
        let index = used
        used += 1
        (nodes + index).initialize(
            to: Node(start: start, end: position, next: used, kind: kind, flags: flags))
        return index
    }

    @inline(__always)
    private mutating func skipSpace() {
        if position < count, base[position] > 0x20 { return }
        skipSpaces()
    }

    private mutating func skipSpaces() {
        while position < count {
            switch base[position] {
            case 0x20, 0x09, 0x0A, 0x0D:
                position += 1
                spaces += 1
            default: return
            }
        }
    }

    @inline(__always)
    private func peek() throws(Fault) -> UInt8 {
        guard position < count else { throw Fault(.truncated, position) }
        return base[position]
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8) throws(Fault) {
        guard try peek() == byte else { throw Fault(.unexpected, position) }
        position += 1
    }
}
