// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization
public import TUFClient

/// Downloads over `https:`, over `http:` from this machine, and from `file:` URLs.
///
/// All network transfers run on one thread of the transport's own, over connections that are kept
/// for the next one; long files go to their sinks on a second one. libcurl is loaded and the
/// thread begins with the first transfer; it ends with ``shutdown()`` or with the last reference
/// to the transport.
///
/// - A redirect is followed to the same host and port only, or from `http:` to `https:`; never to
///   a `file:` URL.
/// - Plain `http:` goes to this machine only, past any proxy;
///   ``TransportLimits/allowsPlainHTTPBeyondLoopback`` lets it go further.
/// - The body of an answer other than the file, or than the part of it that was asked for, is
///   never handed on. Nothing is decoded.
/// - A broken connection and a server's own fault (5xx, 429) are tried again,
///   ``TransportLimits/retries`` times; a file that broke off goes on where it stood.
/// - Otherwise proxies are those of the environment (`http_proxy`, `https_proxy`, `all_proxy`,
///   `no_proxy`), as they were when the transport was made.
/// - A cancelled task ends its transfer, with `.cancelled`.
public final class HTTPTransport: Fetcher {
    let settings: EasySettings
    let engine: TransferEngine
    private let lastURL = Mutex<RequestURL?>(nil)

    /// - Parameters:
    ///   - version: of the program, for the User-Agent `carnet/<version>`.
    ///   - caFile: path of a file of PEM certificates to trust instead of the system's.
    ///   - caDirectory: the same, a directory as `openssl rehash` makes it; with a file, both.
    ///   - credentials: who we are to a server that wants to know.
    public convenience init(
        version: String, caFile: String? = nil, caDirectory: String? = nil,
        credentials: TransportCredentials = TransportCredentials(),
        limits: TransportLimits = TransportLimits()
    ) {
        self.init(
            version: version, caFile: caFile, caDirectory: caDirectory,
            credentials: credentials, proxies: .ofProcess, limits: limits)
    }

    package init(
        version: String, caFile: String? = nil, caDirectory: String? = nil,
        credentials: TransportCredentials = TransportCredentials(), proxies: ProxySettings,
        limits: TransportLimits
    ) {
        settings = EasySettings(
            limits: limits, userAgent: "carnet/\(version)",
            trust: CertificateTrust(file: caFile, directory: caDirectory),
            credentials: credentials, proxies: proxies)
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
        let file = MemoryFile()
        try await run(url, 0, maximumBytes, settings.limits.fetchSeconds, into: .memory(file))
        return file.takeBytes()
    }

    /// Streams the file into `sink`, which is called on the transport's threads, one at a time: at
    /// first on the one that receives, and once the file has proved to be long, on one that goes
    /// on hashing and writing while more is received.
    public func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        try await run(
            url, offset, maximumBytes, settings.limits.streamSeconds, into: .sink(sink))
    }

    private func run(
        _ text: String, _ offset: Int, _ maximumBytes: Int, _ totalSeconds: Int?,
        into receiver: Receiver
    ) async throws(FetchError) {
        precondition(offset >= 0, "a file from byte \(offset) on")
        let url = try url(text)
        let maximumBytes = max(0, maximumBytes)
        guard offset <= maximumBytes else {
            throw FetchError(url: text, reason: .tooLarge(maximumBytes: maximumBytes))
        }
        if url.scheme == .file {
            let file = FileDownload(path: url.filePath, start: offset, maximumBytes: maximumBytes)
            let failure = file.run(into: receiver, isCancelled: { Task.isCancelled })
            if let failure { throw FetchError(url: text, reason: failure) }
            return
        }
        if let refusal = refusal(of: url) { throw FetchError(url: text, reason: refusal) }
        let transfer = Transfer(
            of: url, from: offset, maximumBytes: maximumBytes, totalSeconds: totalSeconds,
            limits: settings.limits, into: receiver, on: engine)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.begin(continuation)
                engine.submit(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        try outcome.get()
    }

    /// Most URLs are of the server that was asked last.
    func url(_ text: String) throws(FetchError) -> RequestURL {
        let url = try RequestURL(text, like: lastURL.withLock { $0 })
        if url.scheme != .file { lastURL.withLock { $0 = url } }
        return url
    }

    /// Why a URL is not asked for at all.
    func refusal(of url: RequestURL) -> FetchError.Reason? {
        guard
            url.scheme != .http || settings.limits.allowsPlainHTTPBeyondLoopback
                || url.isLoopback
        else { return .schemeRefused("http") }
        if url.scheme == .https, let problem = settings.trust.problem {
            return .unreachable(problem)
        }
        // libcurl would pass over a file that is not there.
        if let file = settings.credentials.netrcFile, access(file, R_OK) != 0 {
            return .unreachable("netrc file not usable: \(lowerFirst(strerror(errno)))")
        }
        return nil
    }
}
