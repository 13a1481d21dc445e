// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The input is a document.
func fuzzJSON(_ input: [UInt8]) {
    let depth = JSONLimits().maximumDepth
    // A reader that takes any depth would end with the stack; brackets bound the depth.
    let brackets = input.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    let reference = brackets > 4 * depth ? nil : ReferenceJSON.read(input)
    let document: JSONDocument
    do throws(JSONError) {
        document = try JSONDocument(input)
    } catch {
        requireSound(error, of: input)
        require((reference?.depth ?? Int.max) > depth, "this JSON is accepted, not \(error)")
        return
    }
    let canonical = document.root.canonicalBytes()
    if brackets <= 4 * depth {
        let expected = require(reference, "what is accepted is strict JSON")
        require(expected.canonical == canonical, "the canonical form is that of the reference")
        checkLimits(input, expected)
    }
    checkValue(document.root, within: 0..<input.count)
    checkRewriting(document.root, canonical)
    checkEditing(document.root)
    checkLarge(input, canonical)
}

/// Documents of more than 64 KiB are first read with less room; some inputs are repeated to be
/// one.
private func checkLarge(_ input: [UInt8], _ canonical: [UInt8]) {
    guard input.count < 200, input.reduce(0, &+) % 64 == 0 else { return }
    let copies = 66_000 / (input.count + 1) + 1
    let large =
        [0x5B] + Array(repeatElement(input, count: copies).joined(separator: [0x2C])) + [0x5D]
    let expected = repeatElement(canonical, count: copies).joined(separator: [0x2C])
    guard let document = try? JSONDocument(large, limits: JSONLimits(maximumDepth: 65)) else {
        return require(false, "many of one value are a document, too")
    }
    require(
        document.root.canonicalBytes().elementsEqual([0x5B] + Array(expected) + [0x5D]),
        "with the canonical form of each")
    require(
        refusal(large + [0x21], JSONLimits(maximumDepth: 65)) == .trailingData(offset: large.count),
        "and nothing after them")
}

private func requireSound(_ error: JSONError, of input: [UInt8]) {
    requireOneLine("\(error)")
    require("\(error)".utf8.count < 2000, "a message is short")
    switch error {
    case .tooDeep(_, let offset), .trailingData(let offset), .unexpected(_, let offset),
        .invalidUTF8(let offset), .controlCharacter(let offset), .invalidEscape(let offset),
        .loneSurrogate(let offset), .duplicateKey(_, let offset), .fraction(let offset),
        .malformedNumber(let offset):
        require(input.indices.contains(offset), "an error's offset is one of the input")
    case .truncated, .byteOrderMark: break
    case .tooLarge, .tooManyValues, .missing, .mismatch:
        require(false, "\(error) is no error of parsing a short document")
    }
}

/// The bounds are exact: each value that a document needs is enough, one less is not.
private func checkLimits(_ input: [UInt8], _ reference: ReferenceJSON.Value) {
    let (count, depth) = (reference.count, reference.depth)
    let exact = JSONLimits(maximumBytes: input.count, maximumDepth: depth, maximumValues: count)
    require(refusal(input, exact) == nil, "a document within its bounds is accepted")
    var less = exact
    less.maximumBytes -= 1
    require(
        refusal(input, less) == .tooLarge(bytes: input.count, maximum: input.count - 1),
        "a byte too many is refused")
    less = exact
    less.maximumValues -= 1
    require(
        refusal(input, less) == .tooManyValues(maximum: count - 1), "a value too many is refused")
    guard depth > 0 else { return }
    less = exact
    less.maximumDepth -= 1
    guard case .tooDeep(maximum: depth - 1, _) = refusal(input, less) else {
        return require(false, "a level too many is refused")
    }
}

private func refusal(_ input: [UInt8], _ limits: JSONLimits) -> JSONError? {
    do throws(JSONError) { _ = try JSONDocument(input, limits: limits) } catch { return error }
    return nil
}

/// Ranges, flags and texts of a value and all inside it.
private func checkValue(_ value: JSONValue, within outer: Range<Int>) {
    let range = value.range
    require(
        !range.isEmpty && range.lowerBound >= outer.lowerBound
            && range.upperBound <= outer.upperBound, "a value stands inside what holds it")
    let bytes = Array(value.document.bytes[range])
    let canonical = value.tree().canonicalBytes()
    require(
        value.isCanonical == (bytes == canonical), "isCanonical tells whether the bytes are")
    value.withCanonicalBytes {
        require($0.elementsEqual(canonical), "the canonical form is the same in place")
    }
    requireOneLine(value.path)
    checkBorrowed(value)
    let inside = range.lowerBound + 1..<max(range.lowerBound + 1, range.upperBound - 1)
    var position = inside.lowerBound
    switch value.kind {
    case .array:
        for element in (try? value.array()) ?? [] {
            require(element.range.lowerBound >= position, "elements follow one another")
            position = element.range.upperBound
            checkValue(element, within: inside)
        }
    case .object:
        guard let object = try? value.object() else { return require(false, "an object is one") }
        for member in object {
            require(member.value.range.lowerBound > position, "members follow one another")
            position = member.value.range.upperBound
            require(
                object[member.key]?.range == member.value.range, "a member is found by its key")
            checkValue(member.value, within: inside)
        }
    case .string:
        require(bytes.first == 0x22 && bytes.last == 0x22, "a string has its quotes")
        require((try? value.text()) != nil, "a string has a text")
    case .integer:
        let digits = bytes.repaired
        require((try? value.integer()) == Int(digits), "an integer is read if it fits")
    case .boolean: require((try? value.boolean()) == (bytes.count == 4), "a word is its value")
    case .null: require(bytes.repaired == "null", "null is null")
    }
}

/// The views that keep nothing alive say the same.
private func checkBorrowed(_ value: JSONValue) {
    value.borrowing { view in
        require(view.kind == value.kind, "a view is of the same kind")
        let text = try? value.text()
        if let plain = view.plainText {
            require(text.map { plain.elementsEqual($0.utf8) } == true, "of the same text")
        }
        require(view.compareText(with: view) == 0 || text == nil, "a text is equal to itself")
        if let number = view.shortInteger {
            require(number >= 0 && (try? value.integer()) == number, "of the same number")
        }
        let keys = view.members.map { JSONValue($0.key, of: value.document).range }
        require(keys.count == ((try? value.object())?.map { $0 } ?? []).count, "of all members")
    }
    guard let object = try? value.object() else { return }
    var visited = 0
    let index = MemberIndex(object) { _, _ in visited += 1 }
    let members = object.map { $0 }
    require(visited == members.count && index.count == members.count, "each member is visited")
    for member in members.prefix(40) {
        require(index[member.key]?.range == member.value.range, "an index finds each member")
    }
    require((index["no"] == nil) == !members.contains { $0.key == "no" }, "and no other")
    let sorted = members.map { Array($0.key.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    let listed = (0..<index.count).map { Array(index.member(at: $0).key.utf8) }
    require(listed == sorted, "an index is in canonical order")
}

/// What is written reads as the same again.
private func checkRewriting(_ root: JSONValue, _ canonical: [UInt8]) {
    let tree = root.tree()
    for written in [tree.compactBytes(), tree.indentedBytes()] {
        let again = try? JSONDocument(written)
        require(again?.root.canonicalBytes() == canonical, "what is written reads the same")
    }
    let again = try? JSONDocument(canonical)
    if canonical.contains(where: { $0 < 0x20 }) {
        require(again == nil, "a control character is refused even in the canonical form")
    } else {
        require(again?.root.isCanonical == true, "the canonical form is canonical")
        require(tree.compactBytes() == canonical, "compact is canonical")
    }
}

/// What is taken out of a tree or put into it is the only change.
private func checkEditing(_ root: JSONValue) {
    guard let object = try? root.object() else { return }
    var tree = root.tree()
    let names = object.map(\.key)
    require(object.others(than: Set(names)).isEmpty, "no member is left out")
    for name in names.prefix(8) {
        require(
            (try? object.required(name).tree().canonicalBytes()) == tree[name]?.canonicalBytes(),
            "document and tree have the same member")
        tree.set(name, 1)
        require(tree[name]?.integer == 1, "what is set is there")
        tree.set(name, nil)
        require(tree[name] == nil, "what is removed is gone")
    }
    require(tree.members?.count == max(0, names.count - 8), "the others stay")
}
