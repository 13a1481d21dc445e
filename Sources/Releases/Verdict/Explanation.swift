// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoVerification
import MetadataSigning

/// How a chain was verified, or refused: step by step and rule by rule, with the names of those
/// who signed.
public struct Explanation: Sendable {
    public let policy: PolicySummary
    /// The step that must have made the file.
    public let productOf: String
    public let trace: ChainTrace
    let names: NameBook

    /// The item at which the chain failed, as a sentence says it; `nil` where all was looked at.
    func place(of trace: ChainTrace) -> String {
        switch trace.place {
        case .layout: "the policy itself"
        case .product: "the file itself"
        case .step(let index): "step \(shown(trace.steps[index].name))"
        case .inspection(let index): "inspection \(shown(trace.inspections[index].name))"
        }
    }

    /// The innermost chain that failed: sublayouts are followed to where the cause is.
    var innermost: ChainTrace {
        var found = trace
        while case .step(let index) = found.place, let inner = found.failedSublayout(at: index) {
            found = inner
        }
        return found
    }
}

extension ChainTrace {
    fileprivate func failedSublayout(at index: Int) -> ChainTrace? {
        steps[index].sublayouts.last { $0.refusal != nil }?.chain
    }
}

/// A name as it is where nothing in it can mislead, otherwise quoted and cut.
func shown(_ name: UTF8Text) -> String {
    let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
    return isPlain && (1...200).contains(name.count) ? name.string : quoted(name)
}

/// `1 file`, `2 files`.
func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(count) files" }

/// Verifies a chain and says of it what the verdict needs.
struct ChainJudgement {
    let policy: PolicySummary
    let productOf: UTF8Text?
    let names: NameBook

    struct Refused: Error {
        let error: SupplyChainError
        let explanation: Explanation?
    }

    /// - Parameter tracing: how much to tell; `nil` for nothing.
    func verify(
        _ verifier: SupplyChainVerifier, _ tracing: TraceBounds?
    ) async -> Result<SupplyChainSummary, Refused> {
        guard let tracing else {
            do throws(SupplyChainError) {
                return .success(summary(try await verifier.verify(), nil))
            } catch {
                return .failure(Refused(error: error, explanation: nil))
            }
        }
        let (outcome, trace) = await verifier.explain(tracing)
        let explanation = Explanation(
            policy: policy, productOf: (productOf ?? trace.steps.last?.name ?? "").string,
            trace: trace, names: names)
        switch outcome {
        case .success(let report): return .success(summary(report, explanation))
        case .failure(let error):
            return .failure(Refused(error: error, explanation: explanation))
        }
    }

    private func summary(
        _ report: SupplyChainReport, _ explanation: Explanation?
    ) -> SupplyChainSummary {
        SupplyChainSummary(
            report, policy, productOf: productOf, names: names, explanation: explanation)
    }
}
