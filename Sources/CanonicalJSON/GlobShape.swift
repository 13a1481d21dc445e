// SPDX-License-Identifier: Apache-2.0

/// The shapes that nearly all patterns have, which are matched by comparing bytes.
enum GlobShape: Sendable {
    /// `*`.
    case anything
    /// No wildcard at all.
    case literal([UInt8])
    /// One `*` with these bytes before and after it, either of which may be empty.
    case affixes(prefix: [UInt8], suffix: [UInt8])
    /// Anything else, and the bytes that all it matches begins with.
    case tokens([GlobToken], prefix: [UInt8])

    init(_ tokens: [GlobToken]) {
        let head = tokens.prefix { $0.bytes != nil }
        let prefix = head.flatMap { $0.bytes ?? [] }
        if head.count == tokens.count {
            self = .literal(prefix)
        } else if tokens == [.anyRun] {
            self = .anything
        } else if tokens[head.count] == .anyRun,
            tokens[(head.count + 1)...].allSatisfy({ $0.bytes != nil })
        {
            let tail = tokens[(head.count + 1)...]
            self = .affixes(prefix: prefix, suffix: tail.flatMap { $0.bytes ?? [] })
        } else {
            self = .tokens(tokens, prefix: prefix)
        }
    }

    /// Whether the whole of `text`, which is valid UTF-8, matches.
    ///
    /// - Parameter steps: raised by the number of comparisons made.
    func matches(_ text: UnsafeBufferPointer<UInt8>, steps: inout Int) -> Bool {
        switch self {
        case .anything: return true
        case .literal(let bytes):
            steps += 1
            return text.count == bytes.count && begins(text, with: bytes)
        case .affixes(let prefix, let suffix):
            steps += 1
            guard text.count >= prefix.count + suffix.count, begins(text, with: prefix) else {
                return false
            }
            let rest = UnsafeBufferPointer(rebasing: text[(text.count - suffix.count)...])
            return begins(rest, with: suffix)
        case .tokens(let tokens, let prefix):
            steps += 1
            guard begins(text, with: prefix) else { return false }
            return GlobToken.matches(tokens, text, steps: &steps)
        }
    }
}

private func begins(_ text: UnsafeBufferPointer<UInt8>, with bytes: [UInt8]) -> Bool {
    guard text.count >= bytes.count else { return false }
    return bytes.withUnsafeBufferPointer {
        compareBytes(UnsafeBufferPointer(rebasing: text[..<bytes.count]), $0) == 0
    }
}

extension GlobToken {
    /// The bytes of a code point that stands for itself.
    fileprivate var bytes: [UInt8]? {
        guard case .scalar(let value) = self, let scalar = Unicode.Scalar(value) else {
            return nil
        }
        return UTF8.encode(scalar).map(Array.init)
    }
}
