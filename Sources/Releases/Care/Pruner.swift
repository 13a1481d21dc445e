// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
public import MetadataSigning
public import RepositoryStorage
import TUFMetadata
public import TUFRepository

/// Removes what nobody may ask for any more from a repository's folder.
public struct Pruner: Sendable {
    public let directory: RepositoryDirectory
    public let graceDays: Int
    private let now: Instant

    /// - Parameter graceDays: a state may be asked for so many days after it was followed by
    ///   another.
    public init(_ directory: RepositoryDirectory, graceDays: Int = 30, now: Instant) {
        self.directory = directory
        self.graceDays = graceDays
        self.now = now
    }

    /// What would be removed. Nothing is changed.
    ///
    /// - Throws: ``PruneError``, if the current state is not beyond doubt.
    public func plan() async throws(PruneError) -> PrunePlan {
        let folder = RepositoryFolder(directory)
        let files: ListedFiles
        do throws(StorageError) { files = try folder.files() } catch { throw .storage(error) }
        let current = try await snapshot(folder, files)
        let settled = try withoutWaiting(files)
        return PrunePlan(settled, current: current, graceDays: graceDays, now: now) { name in
            (try? directory.metadata(name)).flatMap { $0 }
        }
    }

    /// The files but for those of a change that waits for signatures: nothing refers to them yet.
    private func withoutWaiting(_ files: ListedFiles) throws(PruneError) -> ListedFiles {
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try SigningFolder(directory).read(SigningEvent.changeFile)
        } catch {
            throw .storage(error)
        }
        guard let bytes else { return files }
        do throws(RepositoryError) {
            let event = try SigningEvent(bytes, file: "signing/\(SigningEvent.changeFile)")
            let waiting = Set(event.files.map(\.path))
            return ListedFiles(
                metadata: files.metadata,
                targets: files.targets.filter { !waiting.contains($0.name) })
        } catch {
            throw .waiting(error)
        }
    }

    /// Removes it, while nobody else can change the repository.
    ///
    /// Each file goes by itself, and none that a client may ask for: a run that is cut short does
    /// no harm, and the next one goes on.
    ///
    /// - Returns: what was removed.
    public func prune(waiting wait: LockWait = LockWait()) async throws(PruneError) -> PrunePlan {
        let lock: FileLock
        do throws(StorageError) { lock = try directory.lock(wait) } catch { throw .storage(error) }
        defer { withExtendedLifetime(lock) {} }
        let plan = try await plan()
        do throws(StorageError) { try remove(plan) } catch { throw .storage(error) }
        return plan
    }

    private func remove(_ plan: PrunePlan) throws(StorageError) {
        var folders: Set<UTF8Text> = []
        for removal in plan.removals {
            let path = "\(directory.path)/\(removal.path)"
            try FileSystem.remove(path)
            folders.insert(UTF8Text(FileSystem.parent(of: path)))
        }
        for folder in folders.sorted() { try FileSystem.synchronize(directory: folder.string) }
        removeEmpty(folders)
    }

    /// Folders below `targets/` in which nothing is left.
    private func removeEmpty(_ folders: Set<UTF8Text>) {
        let top = "\(directory.path)/targets"
        var candidates: Set<UTF8Text> = []
        for folder in folders {
            var path = folder.string
            while path.utf8.count > top.utf8.count, path.utf8.starts(with: "\(top)/".utf8) {
                candidates.insert(UTF8Text(path))
                path = FileSystem.parent(of: path)
            }
        }
        FileSystem.removeEmpty(candidates.sorted().map(\.string))
    }

    /// The current snapshot, once every role that it lists was read and verified.
    private func snapshot(
        _ folder: RepositoryFolder, _ files: ListedFiles
    ) async throws(PruneError) -> Snapshot {
        var options = AuditOptions()
        options.scope = .metadata
        let context = AuditContext(
            fetcher: AuditFetcher(folder), metadataURL: RepositoryFolder.metadataURL,
            targetsURL: RepositoryFolder.targetsURL, options: options, now: now, files: files)
        var log = AuditLog(options)
        var roots = AuditRoots(context, pinned: nil)
        await roots.walk(&log)
        guard let top = await AuditTopLevel(context, roots, &log) else { throw .unsound(log.all) }
        guard top.consistent else { throw .notConsistent }
        var roles = AuditRoles(context, top)
        await roles.walk(&log)
        let errors = log.all.filter { $0.severity == .error && !$0.code.isAboutTime }
        guard errors.isEmpty, let snapshot = top.snapshot else { throw .unsound(errors) }
        return snapshot
    }
}

/// Why nothing was removed.
public enum PruneError: Error, Equatable, Sendable {
    /// What waits for signatures cannot be read, so nobody can say what it refers to.
    case waiting(RepositoryError)
    /// The current state is broken: nobody can say what it refers to.
    case unsound([Finding])
    /// Without consistent snapshots there are no old files, and no telling who reads which.
    case notConsistent
    case storage(StorageError)
}

extension PruneError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .waiting(let error): "\(error)"
        case .unsound(let findings):
            "the repository is broken: "
                + (findings.first.map { "\($0.subject) \($0.sentence)" } ?? "no state found")
        case .notConsistent: "consistent snapshots are off: there are no old files to remove"
        case .storage(let error): "\(error)"
        }
    }

    /// What to do about it, in one line.
    public var hint: String {
        switch self {
        case .waiting: "carnet sign --abandon gives up what waits"
        case .unsound: "see what is wrong with carnet check, and mend that first"
        case .notConsistent: "turn consistent snapshots on in the next root"
        case .storage: "correct the permissions, or wait for the other process, then try again"
        }
    }
}
