// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RepositoryStorage
import TUFClient
import TUFMetadata

/// Tells programs that know nothing of this repository which files vouch for a released one, where
/// the store can say so.
extension SyncAttempt {
    /// The store, if files that are published there are tied to their evidence.
    var evidenceStore: (any EvidenceStore)? {
        guard options.isOrigin, case .sync = keeper.purpose else { return nil }
        return base.store as? any EvidenceStore
    }

    /// Ties files to the layouts and links that their roles name, and to what those name: the keys.
    ///
    /// Nothing refers to the files yet; whoever is interrupted here does it again, as the state is
    /// not noted as published before.
    func attachEvidence(to files: [TargetFile]) async throws(MirrorError) {
        guard !files.isEmpty, let store = evidenceStore else { return }
        let search = TargetSearch(state, updater)
        var ties: [(name: UTF8Text, evidence: [UTF8Text])] = []
        for file in files {
            let evidence = try await evidence(of: file, search)
            guard !evidence.isEmpty else { continue }
            ties += keeper.names(of: file).map { ($0, evidence) }
        }
        var failure: MirrorError?
        await withTaskGroup(of: RepositoryStoreError?.self) { group in
            var left = ties[...]
            var running = 0
            while true {
                while failure == nil, running < max(1, options.connections),
                    let (name, evidence) = left.popFirst()
                {
                    group.addTask {
                        do throws(RepositoryStoreError) {
                            try await store.attach(evidence, to: name)
                            return nil
                        } catch {
                            return error
                        }
                    }
                    running += 1
                }
                guard running > 0, let result = await group.next() else { return }
                running -= 1
                if let result { failure = failure ?? .store(result) }
            }
        }
        if let failure { throw failure }
    }

    /// The names of all files that vouch for one, sorted.
    private func evidence(
        of file: TargetFile, _ search: TargetSearch
    ) async throws(MirrorError) -> [UTF8Text] {
        var wanted = file.evidence
        var met = Set(wanted + [file.path.text])
        var names: [UTF8Text] = []
        while let next = wanted.popLast() {
            guard let path = TargetPath(next) else { continue }
            let found = try await updating { () throws(UpdateError) in try await search.find(path) }
            guard let found else { continue }
            names += keeper.names(of: found.file).prefix(1)
            wanted += found.file.evidence.filter { met.insert($0).inserted }
        }
        return names.sorted()
    }
}
