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
    /// Number of the layout that governs it, among those of the repository.
    let layout: Int?
    let digest: FileDigest
    let mayLink: Bool

    /// How many files without evidence are looked up as a client does before they are published.
    private static let sample = 1000

    /// Files without evidence differ in nothing but their names; a sample of them will do.
    static func judged(_ candidates: [ReleaseCandidate]) -> [ReleaseCandidate] {
        var plainCount = 0
        var judged: [ReleaseCandidate] = []
        for number in candidates.indices {
            let isPlain = candidates[number].layout == nil
            plainCount += isPlain ? 1 : 0
            if !isPlain || plainCount <= sample { judged.append(candidates[number]) }
        }
        return judged
    }
}

/// Files with their places in the repository, and the layouts that govern some of them.
struct ReleaseCandidates {
    var files: [ReleaseCandidate]
    /// All that the repository has.
    let layouts: [KnownLayout]

    /// The layouts that govern these files, each once.
    var governing: [KnownLayout] {
        var isSeen = [Bool](repeating: false, count: layouts.count)
        var governing: [KnownLayout] = []
        for number in files.indices {
            guard let layout = files[number].layout, !isSeen[layout] else { continue }
            isSeen[layout] = true
            governing.append(layouts[layout])
        }
        return governing
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
    ) throws(PublishingError) -> ReleaseCandidates {
        let policy = try policy(state)
        let layouts = try layouts(policy, state)
        let files = try listInParallel(requests.count, runLength: 1024) {
            (run, add) throws(PublishingError) in
            var digest = RunningDigest(.sha256)
            var folder = SourceFolder()
            for number in run {
                add(try candidate(requests[number], layouts, policy, &folder, &digest))
            }
        }
        return ReleaseCandidates(files: files, layouts: layouts)
    }

    private func candidate(
        _ request: ReleaseRequest, _ layouts: [KnownLayout], _ policy: RepositoryPolicy,
        _ folder: inout SourceFolder, _ running: inout RunningDigest
    ) throws(PublishingError) -> ReleaseCandidate {
        let place = try place(request, layouts, policy)
        let digest: FileDigest
        do throws(StorageError) {
            digest = try FileDigest(of: request.file, in: &folder, with: &running)
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
    ) throws(PublishingError) -> (path: TargetPath, layout: Int?) {
        if let path = request.path {
            if let layout = layouts.firstIndex(where: { $0.target.fit(path) != .none }) {
                return (path, layout)
            }
            if policy.needsNoEvidence(path) { return (path, nil) }
            throw .notCovered(file: path.description, layouts: templates(layouts))
        }
        let name = FileSystem.name(of: request.file)
        var found: [(path: TargetPath, layout: Int)] = []
        for (number, layout) in layouts.enumerated() {
            for template in layout.target.appliesTo {
                // The shortest reading of the name; --as says otherwise.
                let path = template.paths(forFileName: name).first { path in
                    if case .one = layout.target.fit(path) { true } else { false }
                }
                if let path { found.append((path, number)) }
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
