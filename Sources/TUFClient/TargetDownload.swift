// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
public import TUFMetadata

/// Downloads target files: bounded by their length, hashed while they stream.
///
/// With several mirrors a transfer that breaks off goes on at the next one, where it stopped. The
/// file is the one that the metadata describes or it is refused, whoever sent which part of it.
public struct TargetDownload: Sendable {
    private let mirrors: [String]
    private let fetcher: any Fetcher
    private let consistent: Bool
    private let notice: @Sendable (UpdateNotice) -> Void

    /// - Parameters:
    ///   - targetsURL: where targets are, with or without a slash at the end.
    ///   - consistent: whether file names carry digests, as the root says.
    public init(targetsURL: String, fetcher: any Fetcher, consistent: Bool) {
        mirrors = [withSlash(targetsURL)]
        self.fetcher = fetcher
        self.consistent = consistent
        notice = { _ in }
    }

    /// Downloads the targets of a state: from the mirror of its refresh first, then from the
    /// others.
    ///
    /// - Parameters:
    ///   - mirrors: where targets are, at the places of the updater's mirrors.
    ///   - notice: is told of each mirror that failed, and why.
    public init(
        mirrors: [String], of state: RepositoryState, fetcher: any Fetcher,
        notice: @escaping @Sendable (UpdateNotice) -> Void = { _ in }
    ) {
        let urls = mirrors.map(withSlash)
        if case .mirror(let index) = state.origin {
            self.mirrors = rotated(urls, toFront: index)
        } else {
            self.mirrors = urls
        }
        self.fetcher = fetcher
        consistent = state.root.document.consistentSnapshot
        self.notice = notice
    }

    /// Streams the file into `sink`; when this returns, length and every listed digest held
    /// (TUF 1.0.34 §5.7.1, §5.7.3).
    ///
    /// The sink has the bytes before they are judged, so it must not show them to anybody. If
    /// bytes of several origins turn out not to be the file, a ``RestartableSink`` begins anew
    /// and each mirror gets the chance to send the whole file; it is asked twice at most.
    ///
    /// - Parameter kept: reads what the sink has already of this file, once and before anything
    ///   is asked for; it is hashed, and only the rest is downloaded.
    /// - Throws: ``UpdateError``: `.fetch`, `.missing`, `.wrongLength`, `.wrongDigest`,
    ///   `.sinkRefused`, `.store` if what is kept cannot be read; `.notResumable` if the bytes at
    ///   hand are of no use and the sink cannot begin anew: then the caller has to.
    public func download(
        _ file: TargetFile, into sink: any FetchSink, resuming kept: KeptBytes? = nil
    ) async throws(UpdateError) {
        let run = DownloadRun(file, sink)
        if let kept { try run.begin(with: kept) }
        var failures = MirrorFailures()
        for (index, mirror) in mirrors.enumerated() {
            do throws(UpdateError) {
                return try await download(run, from: mirror)
            } catch {
                try failures.add(error)
                let next = index + 1 < mirrors.count ? mirrors[index + 1] : nil
                if mirrors.count > 1 { notice(.mirrorFailed(url: mirror, error, next: next)) }
                // A transfer that broke off may go on elsewhere; bytes that are wrong may not.
                if error.gravity == .refused, next != nil, !run.restart() { throw error }
            }
        }
        throw failures.gravest
    }

    /// From one mirror: what is left of the file and, if that comes to nothing, all of it.
    private func download(_ run: DownloadRun, from mirror: String) async throws(UpdateError) {
        if run.count > 0 {
            do throws(UpdateError) {
                return try await transfer(run, from: mirror)
            } catch {
                guard let failure = run.resumeFailure(error) else { throw error }
                guard run.restart() else {
                    throw .notResumable(file: run.name, failure)
                }
            }
        }
        try await transfer(run, from: mirror)
    }

    private func transfer(_ run: DownloadRun, from mirror: String) async throws(UpdateError) {
        let file = run.file
        // All of an unfinished file may be there already.
        if run.count == 0 || run.count < file.length {
            let url = mirror + file.path.urlPath(withHash: consistent ? file.digest.hex : nil)
            do throws(FetchError) {
                try await fetcher.stream(
                    url, from: run.count, maximumBytes: file.length, into: run.sink)
            } catch {
                throw run.error(error)
            }
        }
        try run.judge()
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

/// One file on its way, from however many origins.
private struct DownloadRun: Sendable {
    let file: TargetFile
    let sink: HashingSink

    init(_ file: TargetFile, _ sink: any FetchSink) {
        self.file = file
        self.sink = HashingSink(sink, file.hashes.keys.sorted { $0.rawValue < $1.rawValue })
    }

    var name: String { file.path.description }
    /// Bytes at hand.
    var count: Int { sink.count }

    /// Hashes what an earlier download left; what is longer than the file is of no use.
    func begin(with kept: KeptBytes) throws(UpdateError) {
        do throws(StoreError) { try sink.take(kept) } catch { throw .store(error) }
        guard count > file.length else { return }
        let failure = ResumeFailure.wrongLength(found: count, expected: file.length)
        guard restart() else { throw .notResumable(file: name, failure) }
    }

    func restart() -> Bool { sink.restart() }

    /// Compares length and digests; the digests are new ones afterwards.
    func judge() throws(UpdateError) {
        let (count, digests) = sink.finish()
        guard count == file.length else {
            throw .wrongLength(file: name, found: count, expected: file.length)
        }
        for (algorithm, found) in digests where file.hashes[algorithm] != found {
            throw .wrongDigest(
                file: name, found: found, expected: file.hashes[algorithm] ?? "")
        }
    }

    func error(_ error: FetchError) -> UpdateError {
        switch error.reason {
        case .notFound: .missing(file: name)
        case .sinkRefused: .sinkRefused(file: name)
        case .tooLarge:
            .wrongLength(file: name, found: file.length + 1, expected: file.length)
        default: .fetch(file: name, error)
        }
    }

    /// Whether the failure of a transfer that went on from bytes at hand may be these bytes'
    /// fault, or that of asking for a part.
    func resumeFailure(_ error: UpdateError) -> ResumeFailure? {
        switch error {
        case .wrongDigest(_, let found, let expected):
            .wrongDigest(found: found, expected: expected)
        case .wrongLength(_, let found, let expected):
            .wrongLength(found: found, expected: expected)
        case .fetch(_, let error):
            if case .rangeRefused(let words) = error.reason { .rangeRefused(words) } else { nil }
        default: nil
        }
    }
}
