// SPDX-License-Identifier: Apache-2.0
import Inspecting
import TUFClient

extension TrustedRepository {
    /// The repository at the places that a map names, and after these at those it was trusted
    /// with: where a file is fetched from decides nothing about whether it is taken.
    public func at(_ urls: [String]) -> TrustedRepository {
        let named = urls.map { Mirror($0) }
        var moved = self
        moved.mirrors = named + mirrors.filter { !named.contains($0) }
        return moved
    }
}

extension ConsumerSession {
    /// Name of the repository.
    public var name: String { consumer.repository.name }

    /// Judges a file that the search of this session found by the repository's own policy.
    func judge(
        _ target: FoundTarget, product: ProductFile?
    ) async throws(ReleaseVerifier.Failure) -> EvidenceSummary {
        try await verifier.verify(
            target, product: product, repositoryOnly: consumer.options.repositoryOnly)
    }

    /// A refusal by this repository among several.
    func told(_ failure: ReleaseVerifier.Failure) -> Refusal { refusal(failure).told(by: name) }
}
