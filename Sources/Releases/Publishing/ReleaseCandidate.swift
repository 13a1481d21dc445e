// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage
import TUFMetadata
import TUFRepository

/// A file with its place in the repository.
struct ReleaseCandidate {
    let path: TargetPath
    let layout: KnownLayout?
    let digest: FileDigest
    let mayLink: Bool

    /// How many files without evidence are looked up as a client does before they are published.
    private static let sample = 1000

    /// The layouts that govern these files, each once.
    static func layouts(_ candidates: [ReleaseCandidate]) -> [KnownLayout] {
        var seen: Set<TargetPath> = []
        return candidates.compactMap(\.layout).filter {
            seen.insert($0.target.file.path).inserted
        }
    }

    /// Files without evidence differ in nothing but their names; a sample of them will do.
    static func judged(_ candidates: [ReleaseCandidate]) -> [ReleaseCandidate] {
        var plainCount = 0
        return candidates.filter { candidate in
            plainCount += candidate.layout == nil ? 1 : 0
            return candidate.layout != nil || plainCount <= sample
        }
    }
}

/// A layout that the repository has.
struct KnownLayout {
    let target: LayoutTarget
    let document: Layout
}

extension Publisher {
    /// Finds the path and the layout of each file, and reads it once.
    func candidates(
        _ requests: [ReleaseRequest], _ state: PublishedState
    ) throws(PublishingError) -> [ReleaseCandidate] {
        let policy = try policy(state)
        let layouts = try layouts(policy, state)
        let runs = inParallel(requests.count, runLength: 1024) { run in
            Result { () throws(PublishingError) in
                var digest = RunningDigest(.sha256)
                var candidates: [ReleaseCandidate] = []
                candidates.reserveCapacity(run.count)
                for request in requests[run] {
                    candidates.append(try candidate(request, layouts, policy, &digest))
                }
                return candidates
            }
        }
        var candidates: [ReleaseCandidate] = []
        candidates.reserveCapacity(requests.count)
        for run in runs { candidates += try run.get() }
        return candidates
    }

    private func candidate(
        _ request: ReleaseRequest, _ layouts: [KnownLayout], _ policy: RepositoryPolicy,
        _ running: inout RunningDigest
    ) throws(PublishingError) -> ReleaseCandidate {
        let place = try place(request, layouts, policy)
        let digest: FileDigest
        do throws(StorageError) {
            digest = try FileDigest(of: request.file, with: &running)
        } catch {
            throw .storage(error)
        }
        return ReleaseCandidate(
            path: place.path, layout: place.layout, digest: digest, mayLink: request.mayLink)
    }

    func layouts(
        _ policy: RepositoryPolicy, _ state: PublishedState
    ) throws(PublishingError) -> [KnownLayout] {
        let role = try repository { () throws(RepositoryError) in
            policy.layoutsRole == .targets
                ? state.targets : try state.delegated(policy.layoutsRole).targets
        }
        var layouts: [KnownLayout] = []
        // All are asked for, so that those that are elsewhere can be fetched at once.
        var missing: String?
        for file in role.document.files where file.path.fileName.hasSuffix(".layout") {
            let target: LayoutTarget
            do throws(JSONError) { target = try LayoutTarget(file) } catch {
                throw .policy(error)
            }
            let stored = directory.targetPath(file.path, hash: file.digest.hex)
            let name = "targets/\(file.path.path(withHash: file.digest.hex))"
            let bytes = try storing { () throws(StorageError) in try directory.file(name) }
            guard let bytes else {
                missing = stored
                continue
            }
            // Only to learn which links to look for: the verifier judges it later.
            do throws(SigningError) {
                let signed = try SignedFile(bytes).signed
                do throws(JSONError) {
                    layouts.append(KnownLayout(target: target, document: try Layout(signed)))
                } catch {
                    throw .malformed(error)
                }
            } catch {
                throw .damagedLayout(file: stored, error)
            }
        }
        if let missing { throw .storage(StorageError(path: missing, reason: "no such file")) }
        return layouts
    }

    private func place(
        _ request: ReleaseRequest, _ layouts: [KnownLayout], _ policy: RepositoryPolicy
    ) throws(PublishingError) -> (path: TargetPath, layout: KnownLayout?) {
        if let path = request.path {
            if let layout = layouts.first(where: { $0.target.fit(path) != .none }) {
                return (path, layout)
            }
            if policy.needsNoEvidence(path) { return (path, nil) }
            throw .notCovered(file: path.description, layouts: templates(layouts))
        }
        let name = FileSystem.name(of: request.file)
        var found: [(path: TargetPath, layout: KnownLayout)] = []
        for layout in layouts {
            for template in layout.target.appliesTo {
                // The shortest reading of the name; --as says otherwise.
                let path = template.paths(forFileName: name).first { path in
                    if case .one = layout.target.fit(path) { true } else { false }
                }
                if let path { found.append((path, layout)) }
            }
        }
        guard let first = found.first else {
            throw .notCovered(file: request.file, layouts: templates(layouts))
        }
        guard Set(found.map(\.path)).count == 1 else {
            throw .severalPaths(file: request.file, found.map(\.path))
        }
        return (first.path, first.layout)
    }

    private func templates(_ layouts: [KnownLayout]) -> [String] {
        layouts.flatMap(\.target.appliesTo).map(\.description)
    }
}
