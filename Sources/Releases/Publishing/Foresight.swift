// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
public import TUFMetadata
import TUFRepository

/// What a change does to released files, known before anybody signs it.
public struct Foresight: Sendable {
    /// A file that consumers can verify now, and could not after the change.
    public struct Falling: Sendable {
        public let path: TargetPath
        public let refusal: Refusal
    }

    /// Released files of the repository.
    public let releases: Int
    /// How many of them were looked at: all, or an even spread.
    public let judged: Int
    /// Those looked at that verify now.
    public let verifying: Int
    public let falling: [Falling]
    /// Why nothing can be said; `nil` if something can.
    public let obstacle: String?

    /// How many files are looked at.
    static let sample = 1000

    init(
        releases: Int, judged: Int = 0, verifying: Int = 0, falling: [Falling] = [],
        obstacle: String? = nil
    ) {
        self.releases = releases
        self.judged = judged
        self.verifying = verifying
        self.falling = falling
        self.obstacle = obstacle
    }

    /// In sentences; empty where there is nothing released that could fall.
    public var sentences: String {
        if let obstacle { return "what it does to released files cannot be told: \(obstacle)\n" }
        guard verifying > 0 else { return "" }
        let among = judged < releases ? " (of \(judged) looked at, out of \(releases))" : ""
        guard !falling.isEmpty else {
            return "released files: all \(verifying) that verify now still would\(among)\n"
        }
        var text =
            "released files: \(falling.count) of \(verifying) that verify now would be refused"
            + "\(among)\n"
        for file in falling.prefix(20) {
            text += "  \(file.path): \(file.refusal.cause) [\(file.refusal.code)]\n"
        }
        if falling.count > 20 { text += "  and \(falling.count - 20) more\n" }
        return text
    }
}

extension Publisher {
    /// Lets the consumer's verifier judge released files as they are, and as they would be.
    ///
    /// - Parameter transaction: what the change brings besides metadata.
    func foresee(
        _ edit: RepositoryEdit, _ transaction: RepositoryTransaction
    ) async throws(PublishingError) -> Foresight {
        let files = try ReleasedFiles(edit.state)
        let sample = files.sample(Foresight.sample)
        guard !sample.isEmpty else { return Foresight(releases: 0) }
        let (search, download): (TargetSearch, TargetDownload)
        do throws(PublishingError) {
            (search, download) = try await read(StagedRepository(directory))
        } catch {
            return Foresight(releases: files.all.count, obstacle: "\(error)")
        }
        let before = ReleaseSurvey(search, ReleaseVerifier(search, download))
        let outcomes = await before.judge(sample.map(\.path))
        let verifying = zip(sample, outcomes).filter { (try? $1.get()) != nil }.map(\.0.path)
        var falling: [Foresight.Falling] = []
        if !verifying.isEmpty {
            let after = try await foreseen(edit, transaction)
            for (path, outcome) in zip(verifying, await after.judge(verifying)) {
                guard case .failure(let failure) = outcome else { continue }
                let refusal = Refusal(failure.error, names: failure.names)
                falling.append(Foresight.Falling(path: path, refusal: refusal))
            }
        }
        return Foresight(
            releases: files.all.count, judged: sample.count, verifying: verifying.count,
            falling: falling)
    }

    /// The repository as the change will leave it, before anybody signed it.
    private func foreseen(
        _ edit: RepositoryEdit, _ transaction: RepositoryTransaction
    ) async throws(PublishingError) -> ReleaseSurvey {
        let metadata = try repository { () throws(RepositoryError) in try edit.foreseen() }
        var transaction = transaction
        for (name, bytes) in metadata.files { transaction.add(metadata: bytes, as: name) }
        let (search, download) = try await read(
            StagedRepository(transaction), root: metadata.root)
        return ReleaseSurvey(search, ReleaseVerifier(search, download))
    }
}
