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

/// The same for a list with one element for each number: `body` gives those of a run in their
/// order, and they are put where they stay.
///
/// - Throws: what the first run that failed threw.
package func listInParallel<Element: Sendable, Failure: Error>(
    _ count: Int, runLength: Int,
    _ body: @Sendable (Range<Int>, (consuming Element) -> Void) throws(Failure) -> Void
) throws(Failure) -> [Element] {
    var failure: Failure?
    let list = [Element](unsafeUninitializedCapacity: count) { elements, initialized in
        // Each run writes to places of its own; they are read after all have ended.
        nonisolated(unsafe) let places = elements
        let outcomes = inParallel(count, runLength: runLength) { run in
            var made = run.lowerBound
            do throws(Failure) {
                try body(run) { element in
                    places.initializeElement(at: made, to: element)
                    made += 1
                }
                precondition(made == run.upperBound, "each number has an element")
                return (made: run.lowerBound..<made, failure: Failure?.none)
            } catch {
                return (made: run.lowerBound..<made, failure: error)
            }
        }
        failure = outcomes.lazy.compactMap(\.failure).first
        initialized = count
        guard failure != nil else { return }
        initialized = 0
        for outcome in outcomes { places[outcome.made].deinitialize() }
    }
    if let failure { throw failure }
    return list
}
