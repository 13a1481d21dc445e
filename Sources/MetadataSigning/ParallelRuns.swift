// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Calls `body` with runs of the numbers below `count`, on all cores, and returns what it gave
/// for each run, in their order.
///
/// For work that is much and waits for nobody, such as hashing and signing thousands of files.
///
/// - Parameter runLength: numbers in a run but the last; if there is only one run, the caller's
///   thread does it alone.
package func inParallel<Outcome: Sendable>(
    _ count: Int, runLength: Int, _ body: @Sendable (Range<Int>) -> Outcome
) -> [Outcome] {
    let runs = (count + runLength - 1) / runLength
    guard runs > 1 else { return runs == 0 ? [] : [body(0..<count)] }
    return [Outcome](unsafeUninitializedCapacity: runs) { outcomes, initialized in
        // Each run writes to a place of its own; they are read after all have ended.
        nonisolated(unsafe) let places = outcomes
        DispatchQueue.concurrentPerform(iterations: runs) { run in
            let start = run * runLength
            let outcome = body(start..<min(start + runLength, count))
            places.initializeElement(at: run, to: outcome)
        }
        initialized = runs
    }
}
