// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTransport
import MetadataSigning
import Releases

/// How ``TrustedReleases`` goes about it. The defaults are right for most programs.
public struct ReleaseSettings: Sendable {
    /// What the repository is called in reports.
    public var name = "repository"
    /// Of your program, for the User-Agent.
    public var version = "library"
    /// Certificates to trust, in PEM, instead of the system's.
    public var caFile: String?
    /// Whether plain HTTP may go to other machines; what comes is verified all the same.
    public var allowsPlainHTTP = false
    /// Ask no server: judge by what the state folder holds, while it is unexpired.
    public var isOffline = false
    /// Take the repository's signature alone, without evidence of how a file was made.
    public var repositoryOnly = false
    /// Seconds since 1970 by which expiry is judged.
    public var clock: @Sendable () -> Int = { time(nil) }

    public init() {}

    var options: ConsumerOptions {
        var options = ConsumerOptions()
        options.isOffline = isOffline
        options.repositoryOnly = repositoryOnly
        return options
    }

    var transport: HTTPTransport {
        var limits = TransportLimits()
        limits.allowsPlainHTTPBeyondLoopback = allowsPlainHTTP
        return HTTPTransport(version: version, caFile: caFile, limits: limits)
    }

    func now() -> Instant { Instant(seconds: clock()) }
}
