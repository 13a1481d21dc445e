// SPDX-License-Identifier: Apache-2.0

extension Parser {
    /// What the parser stopped at: small, so that it comes back in registers.
    struct Fault: Error {
        enum Reason: UInt8 {
            case full, tooDeep, truncated, trailingData, byteOrderMark, unexpected, invalidUTF8
            case controlCharacter, invalidEscape, loneSurrogate, duplicateKey, fraction
            case malformedNumber
        }

        let reason: Reason
        /// Offset in the document; for a duplicate key the index of its node.
        let place: Int

        init(_ reason: Reason, _ place: Int) {
            self.reason = reason
            self.place = place
        }
    }

    /// The fault in the words of the module.
    func error(_ fault: Fault) -> JSONError {
        let offset = fault.place
        switch fault.reason {
        case .full: return .tooManyValues(maximum: capacity)
        case .tooDeep: return .tooDeep(maximum: maximumDepth, offset: offset)
        case .truncated: return .truncated
        case .trailingData: return .trailingData(offset: offset)
        case .byteOrderMark: return .byteOrderMark
        case .unexpected: return .unexpected(byte: input[offset], offset: offset)
        case .invalidUTF8: return .invalidUTF8(offset: offset)
        case .controlCharacter: return .controlCharacter(offset: offset)
        case .invalidEscape: return .invalidEscape(offset: offset)
        case .loneSurrogate: return .loneSurrogate(offset: offset)
        case .duplicateKey:
            let node = nodes[fault.place]
            let text = String(decoding: decoded(node, in: base), as: UTF8.self)
            return .duplicateKey(text, offset: Int(node.start) - 1)
        case .fraction: return .fraction(offset: offset)
        case .malformedNumber: return .malformedNumber(offset: offset)
        }
    }
}
