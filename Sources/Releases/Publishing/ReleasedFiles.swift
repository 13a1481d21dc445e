// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository

/// The files of a repository that consumers get for their own sake: all but layouts, the keys
/// of layouts, and links. In a repository without policy, those that name evidence.
struct ReleasedFiles {
    struct Entry: Sendable {
        let path: TargetPath
        let role: RoleName
        /// Target paths of its evidence, as listed.
        let evidence: [TargetPath]
    }

    /// In the order of their paths.
    let all: [Entry]

    /// Reads every role of the published state.
    init(_ state: PublishedState) throws(PublishingError) {
        let policy: RepositoryPolicy
        do throws(JSONError) { policy = try RepositoryPolicy(state.targets.document) } catch {
            throw .policy(error)
        }
        var found: [Entry] = []
        var seen: Set<RoleName> = []
        var queue: [RoleName] = [.targets]
        while let role = queue.popLast() {
            guard seen.insert(role).inserted else { continue }
            let targets = try repository { () throws(RepositoryError) in
                role == .targets ? state.targets : try state.delegated(role).targets
            }
            for file in targets.document.files where ReleasedFiles.isRelease(file, policy) {
                let evidence = (try? LayoutTarget.paths(file.custom?["in-toto"], in: file.path))
                found.append(Entry(path: file.path, role: role, evidence: evidence ?? []))
            }
            let delegations = targets.document.delegations?.all { state.version(of: $0) > 0 }
            queue += (delegations ?? []).map(\.role).reversed()
        }
        // Of a path that several roles list, the search will find the one that counts.
        var last: TargetPath?
        all = found.sorted { $0.path.text < $1.path.text }.filter { entry in
            defer { last = entry.path }
            return entry.path != last
        }
    }

    private static func isRelease(_ file: TargetFile, _ policy: RepositoryPolicy) -> Bool {
        let path = file.path.text.utf8
        for folder in [LayoutTarget.folder, LayoutTarget.keyFolder]
        where path.starts(with: "\(folder)/".utf8) {
            return false
        }
        guard !AuditLayouts.isLayout(file.path) else { return false }
        return policy.governs || file.custom?["in-toto"] != nil
    }

    /// Some of them, spread evenly: all if there are not more than `count`.
    func sample(_ count: Int) -> [Entry] {
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }
}

/// The consumer's own verification of many files in one state of a repository.
struct ReleaseSurvey: Sendable {
    private let search: TargetSearch
    private let verifier: ReleaseVerifier

    init(_ search: TargetSearch, _ verifier: ReleaseVerifier) {
        self.search = search
        self.verifier = verifier
    }

    /// What vouches for each file, in the order of `paths`; or why it is refused.
    func judge(
        _ paths: [TargetPath]
    ) async -> [Result<EvidenceSummary, ReleaseVerifier.Failure>] {
        await inOrder(paths, jobs: 4) { path in await judge(path) }
    }

    private func judge(
        _ path: TargetPath
    ) async -> Result<EvidenceSummary, ReleaseVerifier.Failure> {
        do throws(UpdateError) {
            guard let found = try await search.find(path) else {
                return .failure(ReleaseVerifier.Failure(.noSuchFile(path)))
            }
            do throws(ReleaseVerifier.Failure) {
                return .success(try await verifier.verify(found))
            } catch {
                return .failure(error)
            }
        } catch {
            return .failure(ReleaseVerifier.Failure(.update(error)))
        }
    }
}
