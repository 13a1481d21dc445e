// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import Synchronization
import TUFClient
import TestKit
import Testing

/// All suites of this target: one after the other, since their servers' pace is measured.
@Suite("HTTP transport", .serialized)
enum TransportTests {
    typealias Script = HostileServer.Script

    /// Runs `body` with a server that lives no longer.
    static func withServer<Value>(
        _ script: Script,
        _ body: (HostileServer) async throws -> Value
    ) async throws -> Value {
        try await HostileServer.run(script, body)
    }

    /// A transport with patience for a test, short pauses, and no proxy unless named here.
    static func transport(
        caFile: String? = nil, caDirectory: String? = nil,
        credentials: TransportCredentials = TransportCredentials(),
        environment: [String: String] = [:], _ adjust: (inout TransportLimits) -> Void = { _ in }
    ) -> HTTPTransport {
        var limits = TransportLimits()
        limits.connectSeconds = 5
        limits.fetchSeconds = 10
        limits.streamSeconds = 10
        limits.retryMilliseconds = 10
        adjust(&limits)
        return HTTPTransport(
            version: "0.0.1", caFile: caFile, caDirectory: caDirectory, credentials: credentials,
            proxies: ProxySettings { environment[$0] }, limits: limits)
    }

    /// Why the URL gave nothing; an issue is recorded if it gave something, or if the error names
    /// another URL.
    static func failure(
        _ transport: HTTPTransport, _ url: String, maximumBytes: Int = 1000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> FetchError.Reason? {
        do {
            let bytes = try await transport.fetch(url, maximumBytes: maximumBytes)
            Issue.record("\(bytes.count) bytes, expected none", sourceLocation: sourceLocation)
            return nil
        } catch {
            #expect(error.url == FetchError.withoutCredentials(url), sourceLocation: sourceLocation)
            return error.reason
        }
    }
}

/// Keeps what it is given and refuses on demand.
final class RecordingSink: FetchSink {
    private let state = Mutex<(bytes: [UInt8], calls: Int)>(([], 0))
    private let maximumCalls: Int

    init(refusingAfter maximumCalls: Int = .max) { self.maximumCalls = maximumCalls }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var calls: Int { state.withLock { $0.calls } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.calls += 1
            guard state.calls <= maximumCalls else { return false }
            state.bytes.append(contentsOf: chunk)
            return true
        }
    }
}

/// A call of the system has failed.
struct SystemError: Error { let code: Int32 }
