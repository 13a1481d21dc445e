// SPDX-License-Identifier: Apache-2.0
public import InTotoVerification
public import Inspecting
public import MetadataSigning
public import TUFClient

/// How a consumer goes about it.
public struct ConsumerOptions: Sendable {
    /// Where the client's state is kept.
    public enum State: Sendable {
        /// In the repository's folder; in memory if that cannot be written, with a notice.
        case kept
        /// In memory, over what the folder has; the folder stays as it is.
        case inMemory
    }

    public var state = State.kept
    /// Ask no server: judge by what was seen before, as far as it is unexpired.
    public var isOffline = false
    /// Judge as if it were this moment. Nothing is kept, so that a moment long past does no harm.
    public var asOf: Instant?
    /// Take the repository's signature alone.
    public var repositoryOnly = false
    public var limits = ClientLimits()
    public var evidence = ReleaseVerifier.Limits()
    /// Values for the `{name}` of layouts whose paths do not give them.
    public var parameters: [String: String] = [:]
    /// What inspections of layouts may do.
    public var inspections = InspectionPolicy()
    /// How much to tell of each step and rule; `nil` for nothing.
    public var explains: TraceBounds?
    /// Told of what a person should know while it goes on.
    public var notice: @Sendable (ConsumerNotice) -> Void = { _ in }
    /// Told how far downloads are.
    public var progress: (@Sendable (DownloadProgress) -> Void)?

    public init() {}
}

/// What happens on the way that is no failure.
public enum ConsumerNotice: Sendable {
    /// Another process refreshes the same repository.
    case waiting(repository: String)
    /// The folder of the state cannot be written.
    case stateNotKept(folder: String)
    /// A mirror failed, another one is asked; or a role cannot be kept for the next time.
    case mirror(UpdateNotice)
    /// The state of another moment was found in the repository's history; its timestamp is not
    /// kept anywhere.
    case stateOfThePast(repository: String, snapshot: Int, signed: Instant?, asOf: Instant)
    /// The state that is judged as of another moment was signed after that, or does not say when:
    /// it is not what anybody was shown then.
    case stateOfAnotherTime(repository: String, signed: Instant?, asOf: Instant)
    /// A download broke; what came is kept for the next attempt.
    case partialKept(file: String, bytes: Int)
}

extension ConsumerNotice: CustomStringConvertible {
    public var description: String {
        switch self {
        case .waiting(let repository):
            "another carnet is refreshing \(repository), waiting for it"
        case .stateNotKept(let folder):
            "\(folder): read-only, so what is learned of the repository now is not kept"
        case .mirror(let notice): "\(notice)"
        case .stateOfThePast(let repository, let snapshot, let signed, let moment):
            "\(repository): judged by state \(snapshot), signed \(signed?.description ?? "then"), "
                + "the newest at \(moment); whether clients were shown it then is not known, no "
                + "timestamp of then is kept"
        case .stateOfAnotherTime(let repository, let signed?, let moment):
            "\(repository): this state was signed \(signed), nobody could have seen it at "
                + "\(moment); a bundle kept from then says what was seen"
        case .stateOfAnotherTime(let repository, nil, let moment):
            "\(repository): does not say when this state was signed, so whether it was there at "
                + "\(moment) is not known"
        case .partialKept(let file, let bytes):
            "\(bytes) bytes of \(file) are kept; the same command goes on from there"
        }
    }
}
