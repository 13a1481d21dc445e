// SPDX-License-Identifier: Apache-2.0

/// Why a store did not do what it was asked for.
package struct RepositoryStoreError: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The bucket, the folder or the registry's name does not exist.
        case noPlace
        /// The store does not let this user do it; its own words.
        case denied(String)
        /// This machine's clock and the store's are too far apart.
        case clockSkew
        /// The store is there and cannot do it now, after all repetitions.
        case busy(status: Int)
        /// No connection, or an answer that did not end; the transport's words.
        case unreachable(String)
        /// The file is longer than allowed.
        case tooLarge(maximumBytes: Int)
        /// What is kept under the name is not what the store itself says it is, such as a registry's
        /// content without its digest; ``RepositoryStore/put(_:_:)`` may heal it.
        case damaged(String)
        /// The answer is not one that such a store gives.
        case unexpected(String)
        /// The file to be stored changed meanwhile, or is not the one announced.
        case changed
        /// The sink ended the transfer.
        case sinkRefused
        /// This machine's file system; its own words.
        case local(String)
        /// The task that asked was cancelled.
        case cancelled
    }

    /// The store, or the file in it, as a person knows it; without secrets.
    package let place: String
    package let reason: Reason

    package init(_ place: String, _ reason: Reason) {
        self.place = place
        self.reason = reason
    }

    /// Whether the store was there, and what it has is not the file.
    package var isOfContent: Bool {
        switch reason {
        case .tooLarge, .damaged: true
        default: false
        }
    }

    /// Whether the same may work later or by another way: nobody answered, or was too busy.
    package var isUnreachable: Bool {
        switch reason {
        case .busy, .unreachable: true
        default: false
        }
    }
}

extension RepositoryStoreError: CustomStringConvertible {
    package var description: String { "\(place): \(reason)" }
}

extension RepositoryStoreError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noPlace: "not found, an existing place expected"
        case .denied(let words): "refused by the store: \(words)"
        case .clockSkew: "this machine's clock and the store's differ too much"
        case .busy(let status): "not now: status \(status)"
        case .unreachable(let words): "not reachable, \(words)"
        case .tooLarge(let maximum): "longer than the \(maximum) bytes allowed"
        case .damaged(let words): "damaged, \(words)"
        case .unexpected(let words): "unexpected answer, \(words)"
        case .changed: "changed while it was being stored"
        case .sinkRefused: "could not be written"
        case .local(let words): words
        case .cancelled: "cancelled"
        }
    }
}
