// SPDX-License-Identifier: Apache-2.0

/// Why a key of gpg counts for nothing though its numbers are those of a signature.
public enum KeyEnd: Error, Sendable, Equatable {
    case expired(since: Instant)
    /// Its holder took it back.
    case revoked(since: Instant)
    /// Its holder says that it is for other purposes.
    case notForSigning
    /// It expires, and nobody said for which moment it is asked.
    case unknownMoment
}

extension KeyEnd: CustomStringConvertible {
    public var description: String {
        switch self {
        case .expired(let since): "is expired since \(since)"
        case .revoked(let since): "is revoked since \(since)"
        case .notForSigning: "is not for signing"
        case .unknownMoment: "expires, and no moment to check that for is known"
        }
    }
}
