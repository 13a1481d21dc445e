// SPDX-License-Identifier: Apache-2.0

/// A part of a shell-style pattern, whatever syntax it was written in.
package enum GlobToken: Sendable, Equatable {
    case scalar(UInt32)
    case anyScalar
    case anyRun
    case set(ranges: [ClosedRange<UInt32>], negated: Bool)

    /// Whether all of `scalars` matches all of `tokens`, in at most their lengths' product of
    /// steps.
    ///
    /// On a mismatch only the last `*` needs another try, one further on: an earlier one could
    /// take no more than it has without the later one matching too.
    package static func matches(_ tokens: [GlobToken], _ scalars: [UInt32]) -> Bool {
        var position = 0
        var token = 0
        var retry: (token: Int, position: Int)?
        while position < scalars.count {
            if token < tokens.count, tokens[token] == .anyRun {
                retry = (token + 1, position)
                token += 1
            } else if token < tokens.count, tokens[token].takes(scalars[position]) {
                token += 1
                position += 1
            } else if let last = retry {
                retry = (last.token, last.position + 1)
                token = last.token
                position = last.position + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyRun }
    }

    /// Whether all of `text`, which is valid UTF-8, matches all of `tokens`; nothing is copied.
    ///
    /// - Parameter steps: raised by the number of comparisons made, at most one more than the
    ///   tokens times one more than the code points.
    static func matches(
        _ tokens: [GlobToken], _ text: UnsafeBufferPointer<UInt8>, steps: inout Int
    ) -> Bool {
        var position = 0
        var token = 0
        var retry: (token: Int, position: Int)?
        while position < text.count {
            steps += 1
            let (scalar, length) = scalar(in: text, at: position)
            if token < tokens.count, case .anyRun = tokens[token] {
                token += 1
                if token == tokens.count { return true }
                retry = (token, position)
            } else if token < tokens.count, tokens[token].takes(scalar) {
                token += 1
                position += length
            } else if let last = retry {
                position = last.position + GlobToken.scalar(in: text, at: last.position).length
                retry = (last.token, position)
                token = last.token
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anyRun }
    }

    /// The code point at a place of valid UTF-8, and how many bytes it has.
    @inline(__always)
    private static func scalar(
        in text: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (value: UInt32, length: Int) {
        let lead = text[position]
        if lead < 0x80 { return (UInt32(lead), 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        // What is cut off is not valid; it must not be read past its end all the same.
        for offset in position + 1..<min(position + length, text.count) {
            value = value << 6 | UInt32(text[offset] & 0x3F)
        }
        return (value, length)
    }

    private func takes(_ scalar: UInt32) -> Bool {
        switch self {
        case .scalar(let value): value == scalar
        case .anyScalar: true
        case .anyRun: false
        case .set(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }
}
