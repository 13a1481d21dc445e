// SPDX-License-Identifier: Apache-2.0
public import TUFMetadata

/// What a person may want to know while the work goes on.
public enum UpdateNotice: Sendable, Equatable {
    /// A mirror was given up for a file or a refresh.
    ///
    /// - `url`: the mirror. `next`: where the work goes on; `nil` after the last.
    case mirrorFailed(url: String, UpdateError, next: String?)
    /// A delegated role was verified and cannot be kept for the next time; told of the first.
    case notKept(role: RoleName, StoreError)
}

extension UpdateNotice: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mirrorFailed(let url, let error, let next?):
            "mirror \(FetchError.withoutCredentials(url)): \(error); going on with "
                + FetchError.withoutCredentials(next)
        case .mirrorFailed(let url, let error, nil):
            "mirror \(FetchError.withoutCredentials(url)): \(error); no mirror is left"
        case .notKept(let role, let error):
            "\(role.shownFile): not kept for the next time, \(error)"
        }
    }
}

/// The errors of mirrors that were tried in turn.
struct MirrorFailures {
    private var worst: UpdateError?

    /// Takes the error of one mirror.
    ///
    /// - Throws: the error, if another mirror could not help: the client's own disk, its root.
    mutating func add(_ error: UpdateError) throws(UpdateError) {
        guard error.gravity != .local else { throw error }
        if let worst, worst.gravity >= error.gravity { return }
        worst = error
    }

    /// The first of the gravest ones; without any mirror, that there is none.
    var gravest: UpdateError { worst ?? .noMirror }
}

extension UpdateError {
    /// How much a mirror's error says. What a mirror refuses to give tells less than what it
    /// gives wrongly.
    enum Gravity: Int, Comparable {
        case unreachable, absent, stale, refused
        /// Not the mirror's fault.
        case local

        static func < (left: Gravity, right: Gravity) -> Bool { left.rawValue < right.rawValue }
    }

    var gravity: Gravity {
        switch self {
        case .store, .sinkRefused, .noTrustedRoot, .untrustedRoot, .noMirror, .notCached,
            .tooManyRoots, .tooManyRoles, .tooManyRotations, .noSuchTarget, .notInSnapshot,
            .notResumable, .revoked, .rotationMissing:
            .local
        case .fetch(_, let error): gravity(error.reason)
        case .missing: .absent
        case .rollback, .vanished, .expired: .stale
        case .malformed, .duplicateSignature, .unsigned, .wrongVersion, .wrongDigest,
            .wrongLength, .rotationReplaced:
            .refused
        }
    }

    private func gravity(_ reason: FetchError.Reason) -> Gravity {
        switch reason {
        case .cancelled: .local
        // An answer, and a wrong one.
        case .tooLarge: .refused
        default: isUnreachable ? .unreachable : .absent
        }
    }
}
