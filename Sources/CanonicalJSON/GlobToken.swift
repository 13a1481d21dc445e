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

    private func takes(_ scalar: UInt32) -> Bool {
        switch self {
        case .scalar(let value): value == scalar
        case .anyScalar: true
        case .anyRun: false
        case .set(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }
}
