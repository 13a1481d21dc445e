// SPDX-License-Identifier: Apache-2.0

/// Runs pieces of work side by side.
///
/// - Parameter jobs: how many at the same time, at most.
/// - Returns: the results in the order of the work.
/// - Throws: the first error; the pieces that run then are cancelled.
func inParallel<Result: Sendable>(
    _ work: [@Sendable () async throws -> Result], jobs: Int
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results: [Int: Result] = [:]
        for (place, piece) in work.enumerated() {
            if place >= jobs, let (done, result) = try await group.next() {
                results[done] = result
            }
            group.addTask { (place, try await piece()) }
        }
        for try await (done, result) in group { results[done] = result }
        return work.indices.compactMap { results[$0] }
    }
}
