// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TUFMetadata

/// Where the files of one state come from.
///
/// Several mirrors may serve the files of one state without mixing states: what is asked for
/// here is named by a verified snapshot (or, for the snapshot, a verified timestamp) in one
/// version and mostly by its digest, and is taken only if it is that very file, signed by the
/// keys that count. A mirror that has another state can but fail to answer.
struct RoleSource: Sendable {
    let updater: Updater
    /// In the order in which they are asked; none if only the store is.
    let mirrors: [String]

    /// For the files that belong to a state: the mirror of its refresh first.
    init(_ updater: Updater, for origin: StateOrigin) {
        self.updater = updater
        mirrors =
            switch origin {
            case .store: []
            case .mirror(let index): rotated(updater.mirrors, toFront: index)
            }
    }

    init(updater: Updater, mirrors: [String]) {
        self.updater = updater
        self.mirrors = mirrors
    }

    var isStoreAlone: Bool { mirrors.isEmpty }

    /// The file of a role in the version that is expected, from the first mirror whose file
    /// passes `check`.
    func file<Result: Sendable>(
        of role: RoleName, _ expected: MetaFile, _ limit: Int, consistent: Bool,
        _ check: @Sendable ([UInt8]) throws(UpdateError) -> Result
    ) async throws(UpdateError) -> (bytes: [UInt8], result: Result) {
        if isStoreAlone { throw .notCached(role: role, version: expected.version) }
        let maximum = min(expected.length ?? limit, updater.limits.anyMetadataBytes)
        let name = role.fileName(version: consistent ? expected.version : nil)
        return try await file(name, maximum, check)
    }

    /// A file by its name.
    func file<Result: Sendable>(
        _ name: String, _ maximum: Int,
        _ check: @Sendable ([UInt8]) throws(UpdateError) -> Result
    ) async throws(UpdateError) -> (bytes: [UInt8], result: Result) {
        var failures = MirrorFailures()
        for (index, mirror) in mirrors.enumerated() {
            do throws(UpdateError) {
                guard let bytes = try await updater.fetch(name, at: mirror, maximum) else {
                    throw .missing(file: name)
                }
                return (bytes, try check(bytes))
            } catch {
                try failures.add(error)
                if mirrors.count > 1 {
                    let next = index + 1 < mirrors.count ? mirrors[index + 1] : nil
                    updater.notice(.mirrorFailed(url: mirror, error, next: next))
                }
            }
        }
        throw failures.gravest
    }

    // MARK: rotated keys

    /// The keys of a role now: those that the appointing role lists, and from them on by each
    /// rotation that the snapshot lists (TAP 8).
    ///
    /// - Throws: ``UpdateError/revoked(role:)`` if the role's own keys ended it (TAP 20).
    func authority(
        of role: RoleName, from first: Authority, by appointer: RoleName, _ rotations: Rotations
    ) async throws(UpdateError) -> Authority {
        var authority = first
        for entry in try rotations.entries(of: role, maximum: updater.limits.rotationsPerRole) {
            switch try await rotation(entry, authority, by: appointer) {
            case .keys(let next): authority = next
            case .null: throw .revoked(role: role)
            }
        }
        return authority
    }

    private func rotation(
        _ entry: Rotations.Entry, _ authority: Authority, by appointer: RoleName
    ) async throws(UpdateError) -> Rotation {
        let own = try updater.load(entry.storeName)
        // Its digest is the one listed, or there is nothing else to be had; and a role that was
        // ended once does not come back.
        if let own, let known = try? entry.rotation(own, authority, by: appointer),
            entry.hasDigest || isStoreAlone || known.isNull
        {
            return known
        }
        if isStoreAlone { throw .notCached(role: entry.storeName, version: nil) }
        let limit = updater.limits.rotationBytes
        let (bytes, new) = try await file(
            entry.file, min(entry.length ?? limit, limit)
        ) { bytes throws(UpdateError) in
            let new = try entry.rotation(bytes, authority, by: appointer)
            // TAP 8: a rotation is signed once and for all; only the end of the role replaces it.
            if let own, own != bytes, !new.isNull,
                entry.wasSigned(own, authority, by: appointer)
            {
                throw .rotationReplaced(file: entry.file)
            }
            return new
        }
        try updater.save(bytes, as: entry.storeName)
        return new
    }
}

/// The list with one element moved to the front; an index outside changes nothing.
func rotated(_ list: [String], toFront index: Int) -> [String] {
    guard list.indices.contains(index) else { return list }
    return [list[index]] + list[..<index] + list[(index + 1)...]
}
