// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import ObjectStorage
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit
import Testing

/// What the suites of this target share.
enum S3 {
    static func transport(
        _ adjust: (inout TransportLimits) -> Void = { _ in }
    ) -> HTTPTransport {
        var limits = TransportLimits()
        limits.connectSeconds = 5
        limits.retryMilliseconds = 10
        adjust(&limits)
        return HTTPTransport(
            version: "0.0.1", proxies: ProxySettings { _ in nil }, limits: limits)
    }

    static func store(
        _ endpoint: String, _ url: String = "s3://bucket/repository", isAnonymous: Bool = false,
        repetitions: Int = 4, transport: HTTPTransport? = nil, patienceSeconds: Int = 60
    ) throws -> S3Store {
        let credentials = S3Credentials(
            accessKey: SeaweedFS.accessKey, secret: SeaweedFS.secret)
        let server: S3Endpoint = try #require(S3Endpoint(endpoint))
        let settings = S3Settings(
            endpoint: server,
            credentials: isAnonymous ? nil : credentials)
        return S3Store(
            try S3Location(url), settings: settings, transport: transport ?? self.transport(),
            patienceSeconds: patienceSeconds,
            bounds: RepetitionBounds(repetitions: repetitions, totalSeconds: 60))
    }

    /// Why something failed; an issue is recorded if it did not.
    static func reason(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async -> RepositoryStoreError.Reason? {
        do {
            try await body()
            Issue.record("no error", sourceLocation: sourceLocation)
            return nil
        } catch let error as RepositoryStoreError {
            #expect(!"\(error)".contains(SeaweedFS.secret), sourceLocation: sourceLocation)
            return error.reason
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
            return nil
        }
    }
}

/// Keeps what it is given.
final class RecordingSink: FetchSink {
    private let state = Mutex<[UInt8]>([])
    private let maximumBytes: Int

    init(maximumBytes: Int = .max) { self.maximumBytes = maximumBytes }

    var bytes: [UInt8] { state.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { bytes in
            bytes.append(contentsOf: chunk)
            return bytes.count <= maximumBytes
        }
    }
}
