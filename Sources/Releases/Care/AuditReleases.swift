// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoVerification
import Inspecting
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// What a consumer with nothing but the first root makes of the repository: the real client, and
/// the real verifier for each release file.
struct AuditReleases {
    private let context: AuditContext
    private let first: [UInt8]
    private let layouts: AuditLayouts
    private(set) var verified = 0

    /// - Parameter first: the root that the client begins with.
    init(_ context: AuditContext, first: [UInt8], _ layouts: AuditLayouts) {
        self.context = context
        self.first = first
        self.layouts = layouts
    }

    /// - Parameter expires: when the roles that the client needs end.
    mutating func walk(_ roles: AuditRoles, expires: [Instant], _ log: inout AuditLog) async {
        let files = context.options.verifiesReleases ? releases(roles) : []
        switch await refreshed(at: context.now) {
        case .success(let state): await verify(files, state, &log)
        case .failure(let error):
            // What the walk found explains why the client does not get through; if it found
            // nothing, it is the client's word that counts.
            if !error.isStale && !log.hasErrors {
                log.add(
                    Finding(
                        .clientRefuses, "the repository", "is refused by the client",
                        found: "\(error)", remedy: error.hint))
            }
            // A state that is only too old is judged as it was before it was.
            let end = expires.min() ?? context.now
            guard error.isStale, end <= context.now,
                case .success(let state) = await refreshed(at: end.adding(seconds: -1))
            else { return tellUnverified(files.count, &log) }
            await verify(files, state, &log)
        }
    }

    private func tellUnverified(_ count: Int, _ log: inout AuditLog) {
        guard count > 0 else { return }
        log.add(
            Finding(
                .notVerified, counted(count, "release file"),
                "could not be verified, for the client does not get so far",
                remedy: "mend what is wrong with the metadata, then check again"))
    }

    private struct State {
        let search: TargetSearch
        let download: TargetDownload
    }

    private func refreshed(at moment: Instant) async -> Result<State, UpdateError> {
        var limits = context.limits
        limits.rootVersions = max(limits.rootVersions, context.options.roots)
        let updater = Updater(
            metadataURL: context.metadataURL, fetcher: context.fetcher,
            store: MemoryTrustedStore(root: first), limits: limits, now: moment)
        do throws(UpdateError) {
            let state = try await updater.refresh()
            return .success(
                State(
                    search: TargetSearch(state, updater),
                    download: TargetDownload(
                        targetsURL: context.targetsURL, fetcher: context.fetcher,
                        consistent: state.root.document.consistentSnapshot)))
        } catch {
            return .failure(error)
        }
    }

    // MARK: release files

    /// The files that consumers get for their own sake; in a repository without policy, those
    /// that name evidence.
    private func releases(_ roles: AuditRoles) -> [TargetPath] {
        let search = AuditSearch(roles, limit: context.limits.rolesPerSearch)
        return roles.all.flatMap { role in
            role.targets.files.lazy.filter { file in
                isRelease(file) && search.file(file.path)?.chain.last == role.name
            }.map(\.path)
        }
    }

    private func isRelease(_ file: TargetFile) -> Bool {
        let path = file.path.text.utf8
        for folder in [LayoutTarget.folder, LayoutTarget.keyFolder]
        where path.starts(with: "\(folder)/".utf8) {
            return false
        }
        guard !AuditLayouts.isLayout(file.path) else { return false }
        return layouts.policy.governs || file.custom?["in-toto"] != nil
    }

    private mutating func verify(
        _ files: [TargetPath], _ state: State, _ log: inout AuditLog
    ) async {
        let verifier = ReleaseVerifier(
            state.search, state.download, limits: context.options.evidence)
        let refusals = await inOrder(files, jobs: context.options.jobs) { path in
            await AuditReleases.judge(path, verifier, state)
        }
        for (path, refusal) in zip(files, refusals) {
            guard let refusal else {
                verified += 1
                continue
            }
            if let finding = finding(path, refusal) { log.add(finding) }
        }
    }

    private static func judge(
        _ path: TargetPath, _ verifier: ReleaseVerifier, _ state: State
    ) async -> ReleaseVerifier.Failure? {
        do throws(UpdateError) {
            guard let found = try await state.search.find(path) else {
                return ReleaseVerifier.Failure(.noSuchFile(path))
            }
            do throws(ReleaseVerifier.Failure) {
                _ = try await verifier.verify(found)
                return nil
            } catch {
                // Few layouts look into the file: it is not read a second time for the others.
                guard case .supplyChain(_, .inspectionRefused(_, _)) = error.error else {
                    return error
                }
                switch try await judge(found, verifier, state) {
                case .verified: return nil
                case .refused(let failure): return failure
                case nil: return error
                }
            }
        } catch {
            return ReleaseVerifier.Failure(.update(error))
        }
    }

    /// Largest file that is copied for an inspection to look into.
    private static let maximumInspectedBytes = 2 << 30

    private enum Judgement {
        case verified
        case refused(ReleaseVerifier.Failure)
    }

    /// Judges a file whose layout looks into it, by a copy without a name whose length and
    /// digests were verified.
    ///
    /// - Returns: `nil` if there is no room for the copy.
    private static func judge(
        _ found: FoundTarget, _ verifier: ReleaseVerifier, _ state: State
    ) async throws(UpdateError) -> Judgement? {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        guard found.file.length <= maximumInspectedBytes,
            let slot = try? DownloadSlot("\(folder)/carnet-check", tell: nil)
        else { return nil }
        defer { slot.discard() }
        do throws(UpdateError) {
            try await state.download.download(found.file, into: slot)
        } catch {
            if slot.failure != nil { return nil }
            throw error
        }
        do throws(ReleaseVerifier.Failure) {
            _ = try await verifier.verify(found, product: slot.productFile)
            return .verified
        } catch {
            return .refused(error)
        }
    }

    /// - Returns: `nil` if it is a fault of a layout that is told already.
    private func finding(_ path: TargetPath, _ failure: ReleaseVerifier.Failure) -> Finding? {
        if isTold(failure.error) { return nil }
        let refusal = Refusal(failure.error, names: failure.names)
        let code: Finding.Code =
            switch refusal.kind {
            case .absence: .evidenceMissing
            case .unreachable, .local: .unreachable
            case .contradiction, .stale, .untrusted: .releaseRefused
            }
        return Finding(
            code, path.description,
            "is refused by consumers [\(refusal.code)]: \(AuditReleases.clause(refusal.cause))",
            found: refusal.found, expected: refusal.expected,
            remedy: AuditReleases.clause(refusal.remedy))
    }

    /// A sentence without its full stop.
    private static func clause(_ sentence: String) -> String {
        sentence.utf8.last == UInt8(ascii: ".") ? String(sentence.dropLast()) : sentence
    }

    private func isTold(_ error: ReleaseError) -> Bool {
        switch error {
        case .malformedLayout(let name, _), .layoutUnsigned(let name, _, _):
            layouts.faultyNames.contains(UTF8Text(name))
        case .supplyChain(let name, .expired(_, _)), .supplyChain(let name, .layout(_)):
            layouts.faultyNames.contains(UTF8Text(name))
        case .malformedLayoutKey(let path, _), .update(.noSuchTarget(let path)),
            .policyFromWrongRole(let path, _, _):
            layouts.faulty.contains(path)
        // The verifier's words for a file are its path.
        case .update(.missing(let file)), .update(.wrongDigest(let file, _, _)),
            .update(.wrongLength(let file, _, _)):
            layouts.faulty.contains { $0.description == file }
        default: false
        }
    }
}
