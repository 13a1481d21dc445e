// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11

/// An attribute of an object, its value as the module reads it from memory.
struct TokenAttribute {
    let type: CK_ATTRIBUTE_TYPE
    let value: [UInt8]

    init(_ type: CK_ATTRIBUTE_TYPE, bytes: [UInt8]) {
        self.type = type
        value = bytes
    }

    init(_ type: CK_ATTRIBUTE_TYPE, number: CK_ULONG) {
        self.init(type, bytes: withUnsafeBytes(of: number) { Array($0) })
    }

    init(_ type: CK_ATTRIBUTE_TYPE, _ isTrue: Bool) {
        self.init(type, bytes: [isTrue ? 1 : 0])
    }
}

/// Calls `body` with the attributes laid out for a module: each value aligned for a number.
func withTemplate<Result>(
    _ attributes: [TokenAttribute],
    _ body: (UnsafeMutablePointer<CK_ATTRIBUTE>, CK_ULONG) -> Result
) -> Result {
    let alignment = MemoryLayout<CK_ULONG>.alignment
    let places = attributes.map { ($0.value.count + alignment - 1) / alignment * alignment }
    let values = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(places.reduce(0, +), alignment), alignment: alignment)
    defer { values.deallocate() }
    var offset = 0
    var entries: [CK_ATTRIBUTE] = []
    for (attribute, place) in zip(attributes, places) {
        let target = UnsafeMutableRawBufferPointer(
            rebasing: values[offset..<(offset + attribute.value.count)])
        target.copyBytes(from: attribute.value)
        entries.append(
            CK_ATTRIBUTE(
                type: attribute.type, pValue: values.baseAddress.map { $0 + offset },
                ulValueLen: CK_ULONG(attribute.value.count)))
        offset += place
    }
    return entries.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an empty template") }
        return body(base, CK_ULONG(buffer.count))
    }
}
