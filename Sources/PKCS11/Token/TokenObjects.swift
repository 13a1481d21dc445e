// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11

/// A private key of a session.
struct PrivateKeyObject {
    let handle: CK_OBJECT_HANDLE
    /// Whether the PIN is asked for before each signature.
    let isAlwaysAuthenticated: Bool
}

extension TokenSession {
    /// More objects than any token for people has.
    static let maximumObjects = 4096
    static let maximumAttributeBytes: CK_ULONG = 65536

    /// The objects that have all `attributes`, of those that can be seen now.
    mutating func objects(
        _ attributes: [TokenAttribute]
    ) throws(TokenError) -> [CK_OBJECT_HANDLE] {
        let handle = try handle()
        do throws(ReturnCode) {
            try module.call { list in
                withTemplate(attributes) { list.C_FindObjectsInit?(handle, $0, $1) }
            }
            defer { try? module.call { $0.C_FindObjectsFinal?(handle) } }
            var result: [CK_OBJECT_HANDLE] = []
            var page = [CK_OBJECT_HANDLE](repeating: 0, count: 64)
            while true {
                let capacity = CK_ULONG(page.count)
                var count: CK_ULONG = 0
                try module.call { $0.C_FindObjects?(handle, &page, capacity, &count) }
                if count == 0 { return result }
                guard count <= capacity, result.count < TokenSession.maximumObjects else {
                    throw ReturnCode(CKR_GENERAL_ERROR)
                }
                result += page.prefix(Int(count))
            }
        } catch {
            throw failure(.search, error)
        }
    }

    /// The value of one attribute; `nil` if the object has none or does not show it.
    mutating func value(
        _ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE
    ) throws(TokenError) -> [UInt8]? {
        let handle = try handle()
        var attribute = CK_ATTRIBUTE(type: type, pValue: nil, ulValueLen: 0)
        guard try read(&attribute, of: object, handle) else { return nil }
        let length = attribute.ulValueLen
        guard length != CK_ULONG.max else { return nil }
        guard length <= TokenSession.maximumAttributeBytes else {
            throw .nonsense(
                token: label, .attributes, found: "an attribute of \(length) bytes",
                expected: "at most \(TokenSession.maximumAttributeBytes)")
        }
        guard length > 0 else { return [] }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(length), alignment: MemoryLayout<CK_ULONG>.alignment)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        attribute = CK_ATTRIBUTE(type: type, pValue: buffer.baseAddress, ulValueLen: length)
        guard try read(&attribute, of: object, handle) else { return nil }
        guard attribute.ulValueLen <= length else {
            throw .nonsense(
                token: label, .attributes, found: "an attribute that grew while it was read",
                expected: "\(length) bytes")
        }
        return Array(buffer.prefix(Int(attribute.ulValueLen)))
    }

    private func read(
        _ attribute: inout CK_ATTRIBUTE, of object: CK_OBJECT_HANDLE,
        _ handle: CK_SESSION_HANDLE
    ) throws(TokenError) -> Bool {
        do {
            try module.call { $0.C_GetAttributeValue?(handle, object, &attribute, 1) }
        } catch {
            switch error.number {
            case CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE: return false
            default: throw failure(.attributes, error)
            }
        }
        return true
    }

    mutating func number(
        _ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE
    ) throws(TokenError) -> CK_ULONG? {
        guard let bytes = try value(type, of: object),
            bytes.count == MemoryLayout<CK_ULONG>.size
        else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: CK_ULONG.self) }
    }

    /// - Returns: `nil` if the object does not say.
    mutating func isTrue(
        _ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE
    ) throws(TokenError) -> Bool? {
        guard let bytes = try value(type, of: object), bytes.count == 1 else { return nil }
        return bytes[0] != 0
    }
}
