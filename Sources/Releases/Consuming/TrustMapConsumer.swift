import CanonicalJSON
// SPDX-License-Identifier: Apache-2.0
import Inspecting
public import MetadataSigning
public import RepositoryStorage
import TUFClient
public import TUFMetadata

/// A consumer of the repositories of a map: gets files on which they agree, and judges those at
/// hand.
///
/// It keeps each repository as it was when first asked; a later state takes a new consumer.
public struct TrustMapConsumer: Sendable {
    private typealias Agreed = [(target: FoundTarget, session: ConsumerSession)]

    public let search: TrustMapSearch
    private let options: ConsumerOptions
    private let now: Instant

    /// - Parameters:
    ///   - consumers: one for each repository of the map.
    ///   - options: those of the consumers.
    ///   - now: the moment for which verdicts are given, unless the options name another.
    public init(
        _ map: TrustMap, _ consumers: [Consumer], options: ConsumerOptions = ConsumerOptions(),
        now: Instant
    ) {
        search = TrustMapSearch(map, consumers)
        self.options = options
        self.now = options.asOf ?? now
    }

    /// Downloads a file on which the map's repositories agree, and verifies it; only a verified
    /// one appears at `destination`.
    ///
    /// 1. Look the file up. 2. Download it from the first of those that agree whose mirrors give
    /// the agreed bytes. 3. Let each of them judge it. 4. Give it its name.
    ///
    /// - Throws: `StorageError` if the destination cannot be written.
    public func get(
        _ path: TargetPath, to destination: String
    ) async throws(StorageError) -> MapVerdict {
        // Before anything is asked of a server: the place must be writable.
        let slot = try DownloadSlot(destination, tell: options.progress)
        defer { slot.discard() }
        var answer = MapVerdict(
            verdict: verdict(path.string), lookup: await search.find(path))
        var refusal: Refusal? = answer.lookup.refusal
        answer.verdict.sha256 = answer.lookup.file?.hashes[.sha256]
        for (place, (target, session)) in answer.lookup.agreed.enumerated() {
            do throws(UpdateError) {
                try await session.download(target.file, into: slot)
                refusal = nil
                break
            } catch {
                if let failure = slot.failure { throw failure }
                answer.notes.append("\(session.name) did not give the file: \(error)")
                refusal = refusal ?? session.told(ReleaseVerifier.Failure(.update(error)))
                if place + 1 == answer.lookup.agreed.count {
                    session.keep(slot, of: path, after: .update(error))
                } else if !slot.restart() {
                    throw slot.failure
                        ?? StorageError(path: destination, reason: "cannot begin anew")
                }
            }
        }
        answer.verdict.refusal = refusal
        if refusal == nil { await judge(&answer, slot.productFile) }
        if answer.isVerified { try slot.publish() }
        return answer
    }

    /// Judges a file at hand.
    ///
    /// - Parameter path: the path under which the repositories offer it.
    /// - Throws: `StorageError` if the file cannot be read.
    public func verify(
        _ file: String, as path: TargetPath
    ) async throws(StorageError) -> MapVerdict {
        let digest = try FileDigest(of: file)
        var answer = MapVerdict(
            verdict: verdict(path.string), lookup: await search.find(path))
        answer.verdict.sha256 = digest.sha256
        let agreed = answer.lookup.agreed
        if agreed.isEmpty {
            answer.verdict.refusal = answer.lookup.refusal
        } else if !isSame(digest, agreed) {
            answer.verdict.refusal = Refusal(
                ReleaseError.unknownFile(
                    name: FileSystem.name(of: file), sha256: digest.sha256,
                    offered: [path.description]))
        } else {
            await judge(&answer, .path(file))
        }
        return answer
    }

    private func verdict(_ path: String) -> Verdict {
        var verdict = Verdict(path: path, repository: TrustMap.reservedName, asOf: now)
        verdict.isOffline = options.isOffline
        verdict.isForAnotherMoment = options.asOf != nil
        return verdict
    }

    /// Whether the file has the agreed length and every agreed digest that was computed of it.
    private func isSame(_ digest: FileDigest, _ agreed: Agreed) -> Bool {
        let listed = agreed.flatMap { $0.target.file.hashes.map { ($0.key, $0.value) } }
        let comparable = listed.filter { digest.digests[$0.0] != nil }
        return agreed.allSatisfy { $0.target.file.length == digest.length }
            && !comparable.isEmpty && comparable.allSatisfy { digest.digests[$0.0] == $0.1 }
    }

    // MARK: evidence

    /// Lets each repository that counts judge the file by its own policy.
    ///
    /// None may refuse it: a map must not be weaker than any of those who agree. One that says
    /// nothing of how the file is made is a witness of its bytes alone; the first that has
    /// evidence gives the verdict.
    private func judge(_ answer: inout MapVerdict, _ product: ProductFile) async {
        var silent: Refusal?
        for (target, session) in answer.lookup.agreed {
            do throws(ReleaseVerifier.Failure) {
                let evidence = try await session.judge(target, product: product)
                if answer.verdict.evidence.map({ evidence.outranks($0) }) ?? true {
                    answer.verdict.evidence = evidence
                    answer.verdict.freshness = Freshness(session.search.state)
                    answer.evidenceFrom = session.name
                }
            } catch {
                guard case .noPolicy = error.error else {
                    answer.verdict.refusal = session.told(error)
                    answer.verdict.refusedChain = error.explanation
                    answer.verdict.evidence = nil
                    answer.evidenceFrom = nil
                    return
                }
                silent = silent ?? session.told(error)
            }
        }
        if answer.verdict.evidence == nil { answer.verdict.refusal = silent }
    }
}

extension EvidenceSummary {
    /// A supply chain says more than its absence.
    fileprivate func outranks(_ other: EvidenceSummary) -> Bool {
        guard case .supplyChain = self else { return false }
        if case .supplyChain = other { return false }
        return true
    }
}
