// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import Synchronization
public import TUFMetadata

/// Downloads target files: bounded by their length, hashed while they stream.
public struct TargetDownload: Sendable {
    private let targetsURL: String
    private let fetcher: any Fetcher
    private let consistent: Bool

    /// - Parameters:
    ///   - targetsURL: where targets are, with or without a slash at the end.
    ///   - consistent: whether file names carry digests, as the root says.
    public init(targetsURL: String, fetcher: any Fetcher, consistent: Bool) {
        self.targetsURL = targetsURL.hasSuffix("/") ? targetsURL : targetsURL + "/"
        self.fetcher = fetcher
        self.consistent = consistent
    }

    /// Streams the file into `sink`; when this returns, length and every listed digest held.
    ///
    /// The sink has the bytes before they are judged, so it must not show them to anybody.
    ///
    /// - Throws: ``UpdateError``: `.fetch`, `.missing`, `.wrongLength`, `.wrongDigest`,
    ///   `.sinkRefused`.
    public func download(
        _ file: TargetFile, into sink: any FetchSink
    ) async throws(UpdateError) {
        let name = file.path.description
        let url = targetsURL + file.path.urlPath(withHash: consistent ? file.digest.hex : nil)
        let hashing = HashingSink(sink, file.hashes.keys.sorted { $0.rawValue < $1.rawValue })
        do throws(FetchError) {
            try await fetcher.stream(url, maximumBytes: file.length, into: hashing)
        } catch {
            switch error.reason {
            case .notFound: throw .missing(file: name)
            case .sinkRefused: throw .sinkRefused(file: name)
            case .tooLarge:
                throw .wrongLength(file: name, found: file.length + 1, expected: file.length)
            default: throw .fetch(file: name, error)
            }
        }
        let (count, digests) = hashing.finish()
        guard count == file.length else {
            throw .wrongLength(file: name, found: count, expected: file.length)
        }
        for (algorithm, found) in digests where file.hashes[algorithm] != found {
            throw .wrongDigest(
                file: name, found: found, expected: file.hashes[algorithm] ?? "")
        }
    }

    /// The whole file in memory.
    ///
    /// - Parameter maximumBytes: a longer one is refused before it is asked for.
    public func bytes(
        of file: TargetFile, maximumBytes: Int
    ) async throws(UpdateError) -> [UInt8] {
        guard file.length <= maximumBytes else {
            throw .wrongLength(
                file: file.path.description, found: file.length, expected: maximumBytes)
        }
        let sink = MemorySink()
        try await download(file, into: sink)
        return sink.take()
    }
}

/// Hashes what passes through.
private final class HashingSink: FetchSink {
    private struct State: ~Copyable {
        var count = 0
        var first: RunningDigest
        var second: RunningDigest?
        var third: RunningDigest?
    }

    private let next: any FetchSink
    private let state: Mutex<State>

    init(_ next: any FetchSink, _ algorithms: [DigestAlgorithm]) {
        self.next = next
        state = Mutex(
            State(
                first: RunningDigest(algorithms[0]),
                second: algorithms.count > 1 ? RunningDigest(algorithms[1]) : nil,
                third: algorithms.count > 2 ? RunningDigest(algorithms[2]) : nil))
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            state.count += chunk.count
            state.first.update(chunk)
            state.second?.update(chunk)
            state.third?.update(chunk)
        }
        return next.receive(chunk)
    }

    func finish() -> (count: Int, digests: [(DigestAlgorithm, String)]) {
        state.withLock { state in
            var digests = [(state.first.algorithm, hex(state.first.finish()))]
            if let algorithm = state.second?.algorithm, let digest = state.second?.finish() {
                digests.append((algorithm, hex(digest)))
            }
            if let algorithm = state.third?.algorithm, let digest = state.third?.finish() {
                digests.append((algorithm, hex(digest)))
            }
            return (state.count, digests)
        }
    }
}

/// Keeps a small file in memory.
private final class MemorySink: FetchSink {
    private let bytes = Mutex<[UInt8]>([])

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.withLock { $0.append(contentsOf: chunk) }
        return true
    }

    func take() -> [UInt8] { bytes.withLock { $0 } }
}
