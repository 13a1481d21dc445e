// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// A layout's or link's file as python's `Metadata.load` takes it.
package struct ToolDocument: Sendable {
    package enum Payload: Sendable {
        case link(LinkDocument)
        case layout(LayoutDocument)

        func signableBytes() throws(ToolError) -> [UInt8] {
            switch self {
            case .link(let link): try link.signableBytes()
            case .layout(let layout): try layout.signableBytes()
            }
        }

        package func json() throws(ToolError) -> JSON {
            switch self {
            case .link(let link): try link.json()
            case .layout(let layout): try layout.json()
            }
        }
    }

    enum Container: Sendable {
        case metablock(signatures: [PythonValue], Payload)
        case envelope(ToolEnvelope)
    }

    static let payloadType: UTF8Text = "application/vnd.in-toto+json"

    let container: Container
    let now: Instant

    /// - Parameter now: from which a layout without an end counts its month.
    /// - Throws: what `json.load` and `Metadata.from_dict` raise.
    package init(_ bytes: [UInt8], at now: Instant) throws(ToolError) {
        let data = try PythonJSON.value(of: bytes)
        self.now = now
        guard data.isObject else { throw ToolDocument.shapeFault(data) }
        if data["payload"] != nil {
            guard data["payloadType"]?.text == ToolDocument.payloadType else {
                throw ToolError(.invalidMetadata, "")
            }
            container = .envelope(try ToolEnvelope(data))
        } else if let signed = data["signed"] {
            let payload = try ToolDocument.payload(
                signed, at: now, otherwise: ToolError(.formatError, "Invalid Metadata format"))
            container = .metablock(
                signatures: try ToolDocument.signatures(data["signatures"]), payload)
        } else {
            throw ToolError(.invalidMetadata, "")
        }
    }

    /// `"payload" in data` finds elements of lists and parts of strings, too.
    private static func shapeFault(_ data: PythonValue) -> ToolError {
        let has: (UTF8Text) -> Bool
        switch data.shape {
        case .array(let elements): has = { name in elements.contains { $0.text == name } }
        case .string(let text): has = { text.string.contains($0.string) }
        case .brokenString: has = { _ in false }
        default: return ToolError(.typeError, "argument of type '\(data.repr)' is not iterable")
        }
        return has("payload") || has("signed")
            ? ToolError(.attributeError, "object has no attribute 'get'")
            : ToolError(.invalidMetadata, "")
    }

    private static func payload(
        _ data: PythonValue, at now: Instant, otherwise fault: ToolError
    ) throws(ToolError) -> Payload {
        guard data.isObject else {
            throw ToolError(.attributeError, "object has no attribute 'get'")
        }
        switch data["_type"]?.text {
        case "link": return .link(try LinkDocument(data))
        case "layout": return .layout(try LayoutDocument(data, at: now))
        default: throw fault
        }
    }

    private static func signatures(_ value: PythonValue?) throws(ToolError) -> [PythonValue] {
        guard let elements = (value ?? .array([])).elements else {
            throw ToolError(
                .formatError, "The Metablock's 'signatures' property has to be of type 'list'.")
        }
        for element in elements {
            guard element.isObject, element["keyid"] != nil,
                element["sig"] != nil
                    || element["signature"] != nil && element["other_headers"] != nil
            else {
                throw ToolError(.formatError, "expected signature dict, got '\(element.repr)'")
            }
        }
        return elements
    }

    /// The link or layout inside; that of an envelope is read only now.
    ///
    /// - Throws: `InvalidMetadata` and what `json.loads`, `Link.read` and `Layout.read` raise.
    package func payload() throws(ToolError) -> Payload {
        switch container {
        case .metablock(_, let payload): return payload
        case .envelope(let envelope):
            return try ToolDocument.payload(
                try PythonJSON.value(of: envelope.payload), at: now,
                otherwise: ToolError(.invalidMetadata, ""))
        }
    }
}

/// A DSSE envelope as securesystemslib's `Envelope.from_dict` takes it.
struct ToolEnvelope: Sendable {
    struct Entry: Sendable {
        let keyID: PythonValue
        let signature: [UInt8]
        let source: PythonValue
    }

    let payload: [UInt8]
    let signatures: [Entry]

    init(_ data: PythonValue) throws(ToolError) {
        payload = try ToolEnvelope.bytes(data["payload"] ?? .null)
        var signatures: [Entry] = []
        var seen: Set<UTF8Text> = []
        for element in try ToolEnvelope.elements(data["signatures"]) {
            guard element.isObject else {
                throw ToolError(.typeError, "string indices must be integers")
            }
            guard let value = element["sig"] else { throw ToolError(.keyError, "'sig'") }
            let signature = try ToolEnvelope.bytes(value)
            guard let keyID = element["keyid"] else { throw ToolError(.keyError, "'keyid'") }
            if keyID.isObject || keyID.isArray { throw ToolError(.typeError, "unhashable type") }
            guard seen.insert(keyID.identity).inserted else {
                throw ToolError(
                    .valueError, "Multiple signatures found for keyid \(keyID.str)")
            }
            signatures.append(Entry(keyID: keyID, signature: signature, source: element))
        }
        self.signatures = signatures
    }

    private static func elements(_ value: PythonValue?) throws(ToolError) -> [PythonValue] {
        guard let value else { throw ToolError(.keyError, "'signatures'") }
        switch value.shape {
        case .array(let elements): return elements
        case .object(let members): return members.map(\.key)
        case .string(let text): return text.isEmpty ? [] : [.string(text)]
        default: throw ToolError(.typeError, "'\(value.repr)' object is not iterable")
        }
    }

    private static func bytes(_ value: PythonValue) throws(ToolError) -> [UInt8] {
        if case .brokenString = value.shape { _ = try value.canonicalTree() }
        guard let text = value.text else {
            throw ToolError(.attributeError, "'\(value.repr)' object has no attribute 'encode'")
        }
        guard let bytes = PythonBytes.base64(text) else {
            throw ToolError(.binasciiError, "Only base64 data is allowed")
        }
        return bytes
    }

    /// What the signatures are over.
    var message: [UInt8] {
        Envelope.message(payloadType: ToolDocument.payloadType, payload: payload)
    }
}
