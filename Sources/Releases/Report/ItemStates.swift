// SPDX-License-Identifier: Apache-2.0
import InTotoVerification

/// What the page says of each step, of the file and of each inspection, in one word. Nothing is
/// good as long as the whole is not.
struct ItemStates {
    enum Kind {
        /// All of it holds, as does the whole.
        case met
        case failed
        /// Looked at, in a chain that is refused.
        case lookedAt
        case unseen
    }

    struct State {
        let kind: Kind
        let words: String
    }

    private let trace: ChainTrace
    private let isVerified: Bool

    init(_ trace: ChainTrace, isVerified: Bool) {
        self.trace = trace
        self.isVerified = isVerified
    }

    func step(_ index: Int) -> State {
        let step = trace.steps[index]
        return state(.step(index), isSeen: step.isSearched, isMet: step.isMet)
    }

    func inspection(_ index: Int) -> State {
        let inspection = trace.inspections[index]
        return state(
            .inspection(index), isSeen: inspection.manner != nil, isMet: inspection.isMet)
    }

    var product: State {
        if trace.product == nil && trace.findings.isEmpty && trace.place == .product {
            return State(kind: .unseen, words: "none given")
        }
        return state(.product, isSeen: trace.product != nil, isMet: trace.product != nil)
    }

    private func state(_ place: ChainTrace.Place, isSeen: Bool, isMet: Bool) -> State {
        if isVerified {
            return isMet
                ? State(kind: .met, words: "✓ checked")
                : State(kind: .unseen, words: "not checked")
        }
        if trace.place == place { return State(kind: .failed, words: "✗ here") }
        return isSeen
            ? State(kind: .lookedAt, words: "looked at")
            : State(kind: .unseen, words: "not reached")
    }
}
