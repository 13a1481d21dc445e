// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
public import RepositoryStorage
import TUFClient
import TUFMetadata

/// Why a map is not used.
public enum TrustMapError: Error, Equatable, Sendable {
    case noMap
    case noFile(String)
    case malformed(file: String, JSONError)
    /// Repositories that nobody trusted by a root.
    case notTrusted([String], known: [String])
    /// Names of an entry stand for fewer repositories than its threshold, for some have one root.
    case sameRoot(entry: Int, [String], threshold: Int)
    case repository(name: String, TrustError)
    /// A repository on which the map in use counts was to be forgotten.
    case inUse(name: String)
    case storage(StorageError)
}

extension TrustMapError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMap: "no map is in use"
        case .noFile(let file): "\(file): no such file"
        case .malformed(let file, let error): "\(file): \(error)"
        case .notTrusted(let names, let known):
            "\(joined(names)): not trusted"
                + (known.isEmpty ? "" : ", only \(joined(known)) \(known.count > 1 ? "are" : "is")")
        case .sameRoot(let entry, let names, let threshold):
            "entry \(entry) of the map: \(joined(names)) have the same root keys and count once, "
                + "\(threshold) different repositories expected"
        case .repository(let name, let error): "\(name): \(error)"
        case .inUse(let name):
            "\(name): the map in use names this repository, and without it could not be used"
        case .storage(let error): "\(error)"
        }
    }
}

extension TrustMap {
    /// Where the map of a client is.
    public static func path(home: String) -> String { "\(home)/trust-map.json" }

    /// The map that is in use; `nil` if there is none.
    public static func installed(home: String) throws(TrustMapError) -> TrustMap? {
        let file = path(home: home)
        return try read(file).map { bytes throws(TrustMapError) in try TrustMap(bytes, file) }
    }

    /// The map that is in use, checked against the repositories that are trusted now.
    ///
    /// - Throws: ``TrustMapError/noMap`` if there is none.
    public static func inUse(home: String) throws(TrustMapError) -> TrustMap {
        guard let map = try installed(home: home) else { throw .noMap }
        try map.check(home: home)
        return map
    }

    /// Refuses to forget a repository that the map in use names: without it no file of the map
    /// could be had.
    ///
    /// - Throws: ``TrustMapError/inUse(name:)``; other cases if there is a map that cannot be read,
    ///   and so asks nobody.
    public static func expectUnnamed(_ name: String, home: String) throws(TrustMapError) {
        guard let map = try installed(home: home), map.repository(name) != nil else { return }
        throw .inUse(name: name)
    }

    /// Puts a map to use after all checks; the one before stays in use if one fails.
    ///
    /// - Returns: the map.
    public static func install(_ file: String, home: String) throws(TrustMapError) -> TrustMap {
        guard let bytes = try read(file) else { throw .noFile(file) }
        let map = try TrustMap(bytes, file)
        try map.check(home: home)
        do throws(StorageError) {
            try FileSystem.makeDirectory(home, mode: 0o700)
            try FileSystem.write(bytes, to: path(home: home))
        } catch {
            throw .storage(error)
        }
        return map
    }

    /// No map is in use any more.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public static func remove(home: String) throws(TrustMapError) -> Bool {
        let file = path(home: home)
        let isThere = FileSystem.exists(file)
        do throws(StorageError) { try FileSystem.remove(file) } catch { throw .storage(error) }
        return isThere
    }

    /// Checks the map against the repositories that are trusted: each is there, and no entry
    /// counts one repository twice to meet its threshold.
    public func check(home: String) throws(TrustMapError) {
        let roots = try roots(home: home)
        for (position, entry) in entries.enumerated() {
            let known = entry.repositories.compactMap { name in roots[name].map { (name, $0) } }
            let twins = known.indices.filter { index in
                known[..<index].contains { $0.1.isHeldTogether(with: known[index].1) }
            }
            guard let first = twins.first,
                TrustMap.independent(known.map(\.1)) < entry.threshold
            else { continue }
            let names = known.filter { $0.1.isHeldTogether(with: known[first].1) }.map(\.0)
            throw .sameRoot(entry: position + 1, names, threshold: entry.threshold)
        }
    }

    /// Pairs of the map's repositories that have the same root keys and so count once.
    public func twins(home: String) throws(TrustMapError) -> [(String, String)] {
        let roots = try roots(home: home)
        var twins: [(String, String)] = []
        for (position, left) in repositories.enumerated() {
            for right in repositories[(position + 1)...] {
                guard let mine = roots[left.name], let its = roots[right.name],
                    mine.isHeldTogether(with: its)
                else { continue }
                twins.append((left.name, right.name))
            }
        }
        return twins
    }

    /// The largest number of roots no two of which are held together.
    private static func independent(_ roots: [Root]) -> Int {
        guard let first = roots.first else { return 0 }
        let others = Array(roots.dropFirst())
        let apart = others.filter { !$0.isHeldTogether(with: first) }
        if apart.count == others.count { return 1 + independent(others) }
        return max(1 + independent(apart), independent(others))
    }

    /// The trusted root of each repository.
    private func roots(home: String) throws(TrustMapError) -> [String: Root] {
        var roots: [String: Root] = [:]
        var strangers: [String] = []
        for repository in repositories {
            do throws(TrustError) {
                let trusted = try TrustedRepository(named: repository.name, home: home)
                roots[repository.name] = try trusted.root()
            } catch {
                guard case .notTrusted = error else {
                    throw .repository(name: repository.name, error)
                }
                strangers.append(repository.name)
            }
        }
        guard strangers.isEmpty else {
            let known = (try? TrustedRepository.names(home: home)) ?? []
            throw .notTrusted(strangers, known: known)
        }
        return roots
    }

    // MARK: files

    private init(_ bytes: [UInt8], _ file: String) throws(TrustMapError) {
        do throws(JSONError) { try self.init(bytes) } catch {
            throw .malformed(file: file, error)
        }
    }

    private static func read(_ file: String) throws(TrustMapError) -> [UInt8]? {
        do throws(StorageError) {
            return try FileSystem.read(file, maximumBytes: Limits.bytes)
        } catch {
            throw .storage(error)
        }
    }
}

extension TrustedRepository {
    /// The root by which the repository is trusted now.
    fileprivate func root() throws(TrustError) -> Root {
        let file = "\(store)/root.json"
        let bytes: [UInt8]?
        do throws(StorageError) { bytes = try FileSystem.read(file) } catch {
            throw .storage(error)
        }
        guard let bytes else { throw .noRoot(file: file) }
        do throws(UpdateError) { return try RootState(trusting: bytes).root.document } catch {
            throw .root(error)
        }
    }
}
