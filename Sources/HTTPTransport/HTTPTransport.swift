// SPDX-License-Identifier: Apache-2.0
import Synchronization
public import TUFClient

/// Downloads over `https:`, over `http:` from this machine, and from `file:` URLs.
///
/// All network transfers run on one thread of the transport's own, over connections that are kept
/// for the next one. The thread begins with the first transfer; it ends with ``shutdown()`` or
/// with the last reference to the transport.
///
/// - A redirect is followed to the same host and port only, or from `http:` to `https:`; never to
///   a `file:` URL.
/// - Plain `http:` goes to this machine only, past any proxy;
///   ``TransportLimits/allowsPlainHTTPBeyondLoopback`` lets it go further.
/// - The body of an answer other than 200 is never handed on. Nothing is decoded.
/// - Otherwise proxies are those of the environment (`https_proxy`, `no_proxy`).
/// - A cancelled task ends its transfer, with `.cancelled`.
public final class HTTPTransport: Fetcher {
    private let limits: TransportLimits
    private let engine: TransferEngine

    /// - Parameters:
    ///   - version: of the program, for the User-Agent `carnet/<version>`.
    ///   - caFile: path of a file of PEM certificates to trust instead of the system's.
    public init(
        version: String, caFile: String? = nil, limits: TransportLimits = TransportLimits()
    ) {
        self.limits = limits
        let settings = EasySettings(
            limits: limits, userAgent: "carnet/\(version)", caFile: caFile)
        engine = TransferEngine(settings: settings)
    }

    deinit { engine.stop() }

    /// Ends all transfers and the thread; a transfer begun later fails.
    public func shutdown() { engine.stop() }

    /// Whether the transport's thread exists.
    package var isRunning: Bool { engine.isRunning }

    public func fetch(
        _ url: String, maximumBytes: Int
    ) async throws(FetchError) -> [UInt8] {
        let collector = Collector()
        try await run(url, maximumBytes, totalSeconds: limits.fetchSeconds, into: collector)
        return collector.takeBytes()
    }

    /// Streams the file into `sink`, which is called on the transport's thread: while it works, no
    /// other transfer goes on.
    public func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let rest = RestSink(sink, skipping: offset)
        try await run(url, maximumBytes, totalSeconds: limits.streamSeconds, into: rest)
        guard offset == 0 || rest.hasBegun else {
            throw FetchError(url: url, reason: .rangeRefused("no bytes from \(offset) on"))
        }
    }

    private func run(
        _ text: String, _ maximumBytes: Int, totalSeconds: Int?, into sink: any FetchSink
    ) async throws(FetchError) {
        let url = try RequestURL(text)
        switch url.scheme {
        case .https: break
        case .http:
            guard limits.allowsPlainHTTPBeyondLoopback || url.isLoopback else {
                throw FetchError(url: text, reason: .schemeRefused("http"))
            }
        case .file:
            let file = FileDownload(path: url.filePath, maximumBytes: max(0, maximumBytes))
            let failure = file.run(into: sink, isCancelled: { Task.isCancelled })
            if let failure { throw FetchError(url: text, reason: failure) }
            return
        }
        let transfer = Transfer(
            of: url, maximumBytes: maximumBytes, totalSeconds: totalSeconds, into: sink)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { engine.submit(transfer, $0) }
        } onCancel: {
            engine.cancel(transfer)
        }
        try outcome.get()
    }
}

/// Keeps a small file in memory.
private final class Collector: FetchSink {
    private let bytes = Mutex<[UInt8]>([])

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.withLock { $0.append(contentsOf: chunk) }
        return true
    }

    func takeBytes() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }
}

/// Passes on what comes after the first bytes.
private final class RestSink: FetchSink {
    private let sink: any FetchSink
    private let left: Mutex<Int>
    private let begun = Mutex(false)

    init(_ sink: any FetchSink, skipping count: Int) {
        self.sink = sink
        left = Mutex(count)
    }

    var hasBegun: Bool { begun.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        let skipped = left.withLock { left in
            let count = min(left, chunk.count)
            left -= count
            return count
        }
        guard skipped < chunk.count else { return true }
        begun.withLock { $0 = true }
        return sink.receive(UnsafeRawBufferPointer(rebasing: chunk[skipped...]))
    }
}
