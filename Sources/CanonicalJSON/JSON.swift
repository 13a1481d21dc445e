// SPDX-License-Identifier: Apache-2.0

/// A JSON value as a tree: what is built to be written, and unknown fields that are kept.
public indirect enum JSON: Sendable, Equatable {
    case object([Member])
    case array([JSON])
    case string(UTF8Text)
    /// An integer of any size, in decimal digits.
    case integer(digits: String)
    case boolean(Bool)
    case null

    /// One member of an object.
    public struct Member: Sendable, Equatable {
        public var key: UTF8Text
        public var value: JSON

        public init(_ key: UTF8Text, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    public static func integer(_ value: Int) -> JSON { .integer(digits: String(value)) }

    /// A string.
    public static func text(_ value: String) -> JSON { .string(UTF8Text(value)) }

    /// The member of this name, if this is an object that has it.
    public subscript(_ name: UTF8Text) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == name }?.value
    }

    /// Sets a member of an object, or removes it; anything but an object becomes one.
    public mutating func set(_ name: UTF8Text, _ value: JSON?) {
        var members = self.members ?? []
        if let position = members.firstIndex(where: { $0.key == name }) {
            if let value { members[position].value = value } else { members.remove(at: position) }
        } else if let value {
            members.append(Member(name, value))
        }
        self = .object(members)
    }

    /// The text, if this is a string.
    public var text: UTF8Text? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements, if this is an array.
    public var elements: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, if this is an object.
    public var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The number, if this is an integer of 64 bits.
    public var integer: Int? {
        guard case .integer(let digits) = self else { return nil }
        return Int(digits)
    }
}

extension JSON: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSON: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension JSON: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (UTF8Text, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
