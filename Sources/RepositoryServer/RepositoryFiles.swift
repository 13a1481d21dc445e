// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The files of one repository, by request target.
final class RepositoryFiles: Sendable {
    /// What a request target names.
    enum Found {
        case inMemory(CachedFile)
        case onDisk(OpenFile, Representation)
        case nothing(ResponseHead.Status)
    }

    private let root: [CChar]
    private let limits: ServerLimits
    private let cache: Mutex<FileCache<CachedFile>>

    /// - Parameter directory: may be, or lie behind, a symbolic link; looked up anew for every
    ///   file, so that a repository published by exchanging the directory is seen at once.
    init(directory: String, limits: ServerLimits) {
        root = directory.utf8CString.map { $0 }
        self.limits = limits
        cache = Mutex(FileCache(maximumBytes: limits.cacheBytes))
    }

    /// Finds the file as it is now.
    ///
    /// A file in memory costs one look at its status; any other is opened.
    func find(_ target: String, now: timespec) -> Found {
        let key = PathKey(path: Self.withoutQuery(target))
        if let file = cache.withLock({ $0.file(key) }) {
            if file.isCurrent() { return .inMemory(file) }
            cache.withLock { $0.remove(key) }
        }
        do {
            return try load(key, RequestPath(key.path.utf8), now: now)
        } catch let refusal as RequestPath.Refusal {
            return .nothing(refusal == .malformed ? .badRequest : .notFound)
        } catch {
            return .nothing(.unavailable)
        }
    }

    private func load(_ key: PathKey, _ path: RequestPath, now: timespec) throws -> Found {
        if let file = try OpenFile.open(path.literal, below: root) {
            return try load(key, file, path.literal, precedence: nil, now: now)
        }
        if let decoded = path.decoded, let file = try OpenFile.open(decoded, below: root) {
            return try load(key, file, decoded, precedence: cPath(path.literal), now: now)
        }
        return .nothing(.notFound)
    }

    private func load(
        _ key: PathKey, _ file: OpenFile, _ path: [ArraySlice<UInt8>],
        precedence: [CChar]?, now: timespec
    ) throws -> Found {
        let representation = Representation(file.status, at: path)
        guard file.status.size <= limits.cachedFileBytes else {
            return .onDisk(file, representation)
        }
        let cached = try CachedFile(
            file, representation, path: cPath(path), precedence: precedence, second: now.tv_sec)
        if file.status.isSettled(at: now, after: limits.settleSeconds) {
            cache.withLock { $0.insert(cached, key, cost: cached.cost) }
        }
        return .inMemory(cached)
    }

    private func cPath(_ path: [ArraySlice<UInt8>]) -> [CChar] {
        var result = Array(root.dropLast())
        for segment in path {
            result.append(CChar(bitPattern: UInt8(ascii: "/")))
            result += segment.map { CChar(bitPattern: $0) }
        }
        return result + [0]
    }

    private static func withoutQuery(_ target: String) -> String {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        return String(target[..<mark])
    }
}
