// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import Synchronization
import TUFClient

/// Passes downloads on and keeps what came, in one file without a name: layouts, keys, links and
/// the files themselves, by their place below `targets/`.
///
/// Several downloads come at once, so a file lies in pieces. What was kept counts only once the
/// download that brought it was verified; one that begins anew begins anew here, too.
final class BundleSpool: Fetcher {
    struct Entry {
        var pieces: [Range<Int>] = []
        var length = 0
    }

    private struct State {
        let file: DownloadedFile
        var end = 0
        var entries: [UTF8Text: Entry] = [:]
        /// What need not be asked for again.
        var settled: Set<UTF8Text> = []
    }

    private let inner: any Fetcher
    /// What URLs of targets begin with.
    private let bases: [String]
    private let destination: String
    private let state: Mutex<State>

    /// - Parameter destination: where the bundle will appear; the spool is in its folder.
    init(
        _ inner: any Fetcher, _ mirrors: [TrustedRepository.Mirror], for destination: String
    ) throws(StorageError) {
        self.inner = inner
        self.destination = destination
        bases = mirrors.map(\.targetsURL)
        state = Mutex(State(file: try DownloadedFile(destination)))
    }

    /// Why the disk did not take it, if that is what went wrong.
    var failure: StorageError? { state.withLock { $0.file.failure } }

    /// All that came so far was verified: the evidence of one file is often that of the next.
    func settle() { state.withLock { $0.settled = Set($0.entries.keys) } }

    var names: [UTF8Text] { state.withLock { Array($0.entries.keys) } }

    func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        try await inner.fetch(url, maximumBytes: maximumBytes)
    }

    func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        guard let name = name(of: url) else {
            throw FetchError(url: url, reason: .unreachable("no place for targets"))
        }
        if offset == 0, state.withLock({ $0.settled.contains(name) }) {
            return try replay(name, url, into: sink)
        }
        begin(name, at: offset)
        try await inner.stream(
            url, from: offset, maximumBytes: maximumBytes, into: Tee(self, name, sink))
    }

    private func replay(
        _ name: UTF8Text, _ url: String, into sink: any FetchSink
    ) throws(FetchError) {
        var isTaken = true
        do throws(StorageError) {
            try read(name) { bytes throws(StorageError) in
                isTaken = isTaken && sink.receive(bytes)
            }
        } catch {
            throw FetchError(url: url, reason: .unreachable(error.reason))
        }
        guard isTaken else { throw FetchError(url: url, reason: .sinkRefused) }
    }

    private func name(of url: String) -> UTF8Text? {
        for base in bases where url.utf8.starts(with: base.utf8) {
            return BundleFetcher.decoded(Array(url.utf8.dropFirst(base.utf8.count))[...])
        }
        return nil
    }

    private func begin(_ name: UTF8Text, at offset: Int) {
        state.withLock { state in
            if offset == 0 || state.entries[name]?.length != offset {
                state.entries[name] = Entry()
            }
        }
    }

    fileprivate func take(_ chunk: UnsafeRawBufferPointer, of name: UTF8Text) -> Bool {
        state.withLock { state in
            guard state.file.receive(chunk) else { return false }
            let piece = state.end..<(state.end + chunk.count)
            state.end = piece.upperBound
            var entry = state.entries.removeValue(forKey: name) ?? Entry()
            if let last = entry.pieces.last, last.upperBound == piece.lowerBound {
                entry.pieces[entry.pieces.count - 1] = last.lowerBound..<piece.upperBound
            } else {
                entry.pieces.append(piece)
            }
            entry.length += chunk.count
            state.entries[name] = entry
            return true
        }
    }

    /// Reads what was kept of a file, piece by piece; nothing may be on its way any more.
    func read(
        _ name: UTF8Text, _ take: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(StorageError) {
        let (entry, descriptor) = state.withLock {
            ($0.entries[name] ?? Entry(), $0.file.readable)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        for piece in entry.pieces {
            var rest = piece
            while !rest.isEmpty {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest.count))
                let count = BundleBytes.read(descriptor, at: rest.lowerBound, into: part)
                guard count == part.count else { throw .system(destination) }
                try take(UnsafeRawBufferPointer(part))
                rest = rest.dropFirst(count)
            }
        }
    }

    func length(of name: UTF8Text) -> Int { state.withLock { $0.entries[name]?.length ?? 0 } }

    func discard() { state.withLock { $0.file.discard() } }
}

/// Gives each chunk to the spool before the one who asked for it.
private final class Tee: FetchSink {
    private let spool: BundleSpool
    private let name: UTF8Text
    private let next: any FetchSink

    init(_ spool: BundleSpool, _ name: UTF8Text, _ next: any FetchSink) {
        self.spool = spool
        self.name = name
        self.next = next
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        spool.take(chunk, of: name) && next.receive(chunk)
    }
}
