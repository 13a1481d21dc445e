// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// A value as python's `json` reads it: more than canonical JSON can write.
///
/// A document that the strict parser takes stays in its node list, and only what is looked at is
/// taken out of it; the others are trees.
package indirect enum PythonValue: Sendable {
    /// Part of a strict document; never what ``shape`` gives.
    case parsed(JSONValue)
    /// Names are distinct: of two alike the last counts, at the place of the first.
    case object([Member])
    case array([PythonValue])
    case string(UTF8Text)
    /// A string with half a surrogate pair, as `repr` writes it: no bytes stand for it.
    case brokenString(String)
    /// An integer of any size, in decimal digits.
    case integer(digits: String)
    /// A number with a fraction or an exponent, `NaN` or an infinity, as it was written.
    case float(String)
    case boolean(Bool)
    case null

    package struct Member: Sendable {
        package let key: PythonValue
        package let value: PythonValue
    }

    /// The value with its outermost level taken out of the document.
    package var shape: PythonValue {
        guard case .parsed(let value) = self else { return self }
        switch value.kind {
        case .object:
            guard let object = try? value.object() else { return .null }
            return .object(
                object.map { Member(key: .string($0.key), value: .parsed($0.value)) })
        case .array: return .array(((try? value.array()) ?? []).map(PythonValue.parsed))
        default: return PythonValue(tree: value.tree())
        }
    }

    /// A value that was made here.
    package init(tree: JSON) {
        switch tree {
        case .object(let members):
            self = .object(
                members.map { Member(key: .string($0.key), value: PythonValue(tree: $0.value)) })
        case .array(let elements): self = .array(elements.map { PythonValue(tree: $0) })
        case .string(let text): self = .string(text)
        case .integer(let digits): self = .integer(digits: digits)
        case .boolean(let value): self = .boolean(value)
        case .null: self = .null
        }
    }

    package var isObject: Bool {
        if case .parsed(let value) = self { return value.kind == .object }
        if case .object = self { return true }
        return false
    }

    package var isArray: Bool {
        if case .parsed(let value) = self { return value.kind == .array }
        if case .array = self { return true }
        return false
    }

    /// Whether this is a `str`, broken or not.
    package var isString: Bool {
        switch shape {
        case .string, .brokenString: true
        default: false
        }
    }

    /// The text of a string that is not broken.
    package var text: UTF8Text? {
        guard case .string(let text) = shape else { return nil }
        return text
    }

    package var members: [Member]? {
        guard case .object(let members) = shape else { return nil }
        return members
    }

    package var elements: [PythonValue]? {
        guard case .array(let elements) = shape else { return nil }
        return elements
    }

    /// What `isinstance(value, int)` takes, true and false among them; saturated.
    package var integer: Int? {
        switch shape {
        case .integer(let digits): Int(digits) ?? (digits.first == "-" ? Int.min : Int.max)
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }

    /// What `bool(value)` says.
    package var isTruthy: Bool {
        switch shape {
        case .object(let members): !members.isEmpty
        case .array(let elements): !elements.isEmpty
        case .string(let text): !text.isEmpty
        case .integer(let digits): digits.contains { ("1"..."9").contains($0) }
        case .float(let digits):
            digits.prefix { $0 != "e" && $0 != "E" }.contains { !"-+.0".contains($0) }
        case .boolean(let value): value
        case .null: false
        case .brokenString, .parsed: true
        }
    }

    /// The member of this name, if this is an object that has it.
    package subscript(_ name: UTF8Text) -> PythonValue? {
        if case .parsed(let value) = self {
            guard value.kind == .object else { return nil }
            return (try? value.object())?[name].map(PythonValue.parsed)
        }
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.text == name }?.value
    }

    /// Whether both are the same string.
    package func isSameText(_ other: PythonValue) -> Bool {
        guard let text, let otherText = other.text else { return false }
        return text == otherText
    }

    /// What `==` says; a float equals only one written alike.
    package func isEqual(_ other: PythonValue) -> Bool {
        switch (shape, other.shape) {
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isEqual($1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in
                    right.contains {
                        $0.key.isEqual(member.key) && $0.value.isEqual(member.value)
                    }
                }
        case (.boolean, .integer), (.integer, .boolean): return integer == other.integer
        case (let left, let right): return left.repr.utf8.elementsEqual(right.repr.utf8)
        }
    }

    // MARK: canonical JSON

    /// The value as canonical JSON can write it.
    ///
    /// - Throws: `FormatError` for a float in it, otherwise `UnicodeEncodeError` for half a
    ///   surrogate pair, as `encode_canonical(…).encode("UTF-8")` does.
    package func canonicalTree() throws(ToolError) -> JSON {
        if let float = firstFloat {
            throw ToolError(.formatError, "I cannot encode \(float)")
        }
        return try tree()
    }

    private var firstFloat: String? {
        switch self {
        case .float(let digits): digits
        case .array(let elements): elements.lazy.compactMap(\.firstFloat).first
        case .object(let members): members.lazy.compactMap(\.value.firstFloat).first
        default: nil
        }
    }

    private func tree() throws(ToolError) -> JSON {
        switch self {
        case .parsed(let value): return value.tree()
        case .string(let text): return .string(text)
        case .integer(let digits): return .integer(digits: digits)
        case .boolean(let value): return .boolean(value)
        case .null, .float: return .null
        case .brokenString(let words):
            throw ToolError(.unicodeEncodeError, "surrogates not allowed in \(words)")
        case .array(let elements):
            var result: [JSON] = []
            for element in elements { result.append(try element.tree()) }
            return .array(result)
        case .object(let members):
            var result: [JSON.Member] = []
            for member in members {
                guard case .string(let key) = member.key else {
                    _ = try member.key.tree()
                    continue
                }
                result.append(JSON.Member(key, try member.value.tree()))
            }
            return .object(result)
        }
    }
}
