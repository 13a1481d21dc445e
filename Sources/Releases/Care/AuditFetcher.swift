// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TUFClient

/// Asks for each small file once, so that an audit judges one view of the repository, however
/// often it looks; and counts the bytes.
final class AuditFetcher: Fetcher {
    private struct State {
        var kept: [String: [UInt8]] = [:]
        var keptBytes = 0
        var bytes = 0
    }

    private let inner: any Fetcher
    private let state = Mutex(State())
    private static let fileBytes = 1 << 20
    private static let allBytes = 128 << 20

    init(_ inner: any Fetcher) { self.inner = inner }

    /// Bytes that came.
    var bytes: Int { state.withLock { $0.bytes } }

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        if let kept = state.withLock({ $0.kept[url] }) {
            guard kept.count <= maximumBytes else {
                throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
            }
            return kept
        }
        let bytes = try await inner.fetch(url, maximumBytes: maximumBytes)
        state.withLock { state in
            state.bytes += bytes.count
            let isSmall = bytes.count <= AuditFetcher.fileBytes
            guard isSmall, state.keptBytes + bytes.count <= AuditFetcher.allBytes else { return }
            if state.kept.updateValue(bytes, forKey: url) == nil { state.keptBytes += bytes.count }
        }
        return bytes
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        guard offset == 0, maximumBytes <= 1 << 18 else {
            let counter = CountingSink(sink)
            defer { state.withLock { $0.bytes += counter.count } }
            return try await inner.stream(
                url, from: offset, maximumBytes: maximumBytes, into: counter)
        }
        let bytes = try await fetch(url, maximumBytes: maximumBytes)
        guard bytes.isEmpty || bytes.withUnsafeBytes({ sink.receive($0) }) else {
            throw FetchError(url: url, reason: .sinkRefused)
        }
    }
}

/// Counts what passes through; what passes without a further sink is gone.
final class CountingSink: FetchSink {
    private let next: (any FetchSink)?
    private let received = Mutex(0)

    init(_ next: (any FetchSink)? = nil) { self.next = next }

    var count: Int { received.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        received.withLock { $0 += chunk.count }
        return next?.receive(chunk) ?? true
    }
}
