// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Glibc
import Synchronization

/// Hashes the files of a list on several threads.
///
/// Threads take runs of files in turn. They write to different places of the results, which
/// are read only after all have ended; that is why the class may call itself Sendable.
final class HashingPass: @unchecked Sendable {
    struct Options {
        var kind: KnownDigests.Kind
        var threads: Int
        var known: KnownDigests?
        /// Whether what is hashed is to become known in its turn.
        var keepsDigests: Bool
        /// Called with the number of files and of bytes that were done since the last call.
        var onProgress: @Sendable (_ files: Int, _ bytes: Int) -> Void
    }

    private struct Failure {
        let position: Int
        let error: RecordingError
    }

    /// Files that a thread takes at once.
    private static let runLength = 64

    private let base: Int32
    private let files: FileList
    private let options: Options
    /// Rows of digests, in the order of the list.
    private let rows: UnsafeMutableRawBufferPointer
    /// What each file was when it was hashed; `nil` for digests that were known. Empty unless
    /// digests are kept.
    private let identities: UnsafeMutableBufferPointer<FileIdentity?>

    private let next = Atomic(0)
    private let failure = Mutex<Failure?>(nil)

    /// - Parameter base: descriptor of the folder that the list's paths start from.
    init(_ files: FileList, base: Int32, options: Options) {
        self.files = files
        self.base = base
        self.options = options
        let count = files.entries.count
        rows = .allocate(byteCount: max(1, count * options.kind.digests.byteCount), alignment: 8)
        identities = .allocate(capacity: options.keepsDigests ? count : 0)
        identities.initialize(repeating: nil)
    }

    deinit {
        rows.deallocate()
        identities.deallocate()
    }

    /// Hashes all files.
    ///
    /// - Throws: the error of the first file in the list's order that has one.
    func run() throws(RecordingError) {
        let runs = (files.entries.count + HashingPass.runLength - 1) / HashingPass.runLength
        let threads = max(1, min(options.threads, runs))
        DispatchQueue.concurrentPerform(iterations: threads) { _ in work() }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    /// The digests of the file at this place of the list.
    func row(_ index: Int) -> UnsafeMutableRawBufferPointer {
        let size = options.kind.digests.byteCount
        return UnsafeMutableRawBufferPointer(rebasing: rows[index * size..<(index + 1) * size])
    }

    /// Adds what was hashed to what is known.
    func addDigests(to known: inout KnownDigests) {
        known.reserve(identities.count)
        for (index, identity) in identities.enumerated() {
            if let identity { known.keep(UnsafeRawBufferPointer(row(index)), of: identity) }
        }
    }

    // MARK: one thread

    private func work() {
        var hasher = FileHasher(options.kind)
        files.bytes.withUnsafeBytes { bytes in
            while failure.withLock({ $0 == nil }) {
                let start = next.add(HashingPass.runLength, ordering: .relaxed).oldValue
                guard start < files.entries.count else { return }
                let end = min(start + HashingPass.runLength, files.entries.count)
                hash(start..<end, &hasher, bytes)
            }
        }
    }

    /// Hashes a run of files, most of which are in one folder.
    private func hash(
        _ run: Range<Int>, _ hasher: inout FileHasher, _ bytes: UnsafeRawBufferPointer
    ) {
        var folder = OpenFolder(number: -1, descriptor: -1)
        for position in run {
            do throws(RecordingError) {
                let entry = files.entries[position]
                if entry.folder != folder.number { folder = try open(entry.folder, bytes) }
                try hash(position, entry, in: folder.descriptor, &hasher, bytes)
            } catch {
                failure.withLock { failure in
                    // Runs are given out in order, so no run before this one is left unhashed.
                    if failure.map({ $0.position > position }) ?? true {
                        failure = Failure(position: position, error: error)
                    }
                }
                return
            }
        }
        options.onProgress(run.count, 0)
    }

    private func hash(
        _ position: Int, _ entry: FileList.Entry, in folder: Int32, _ hasher: inout FileHasher,
        _ bytes: UnsafeRawBufferPointer
    ) throws(RecordingError) {
        let name = HashingPass.text(bytes, at: entry.path.lowerBound + entry.base)
        if isKnown(name, in: folder, entry, row(position)) { return }
        do throws(FileHasher.Fault) {
            let identity = try hasher.hash(
                name, in: folder, isLink: entry.isLink, into: row(position),
                onProgress: { options.onProgress(0, $0) })
            if options.keepsDigests { identities[position] = identity }
        } catch {
            let path = files.shown(entry.path)
            switch error {
            case .changed: throw .changed(path: path)
            case .opening(let error): throw .opening(path, error)
            case .system(let error): throw .unreadable(path: path, error)
            }
        }
    }

    /// Whether the digests of a file are known; then they are in `row`.
    private func isKnown(
        _ name: UnsafePointer<CChar>, in folder: Int32, _ entry: FileList.Entry,
        _ row: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let known = options.known else { return false }
        var status = stat()
        guard fstatat(folder, name, &status, entry.isLink ? 0 : AT_SYMLINK_NOFOLLOW) == 0,
            status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG)
        else { return false }
        return known.copyDigests(of: FileIdentity(status), to: row)
    }

    // MARK: folders

    /// A folder of the list, open.
    private struct OpenFolder: ~Copyable {
        let number: Int
        let descriptor: Int32

        deinit { if descriptor >= 0 { close(descriptor) } }
    }

    /// Opens a folder again, which must be the one that the walk was in: its path may lead
    /// through links, and nobody may swap them meanwhile.
    private func open(
        _ number: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(RecordingError) -> OpenFolder {
        let folder = files.folders[number]
        let path = HashingPass.text(bytes, at: folder.path)
        let descriptor = openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .opening(String(cString: path), .latest) }
        let opened = OpenFolder(number: number, descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(path: String(cString: path), .latest)
        }
        let identity = FolderIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        guard identity == folder.identity else { throw .changed(path: String(cString: path)) }
        return opened
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> UnsafePointer<CChar> {
        // The list ends each of its texts with a NUL.
        (bytes.baseAddress! + offset).assumingMemoryBound(to: CChar.self)
    }
}
