// SPDX-License-Identifier: Apache-2.0

/// Does the same with many values, so many of them at once; after a failure no further one is
/// begun.
///
/// - Returns: the results in the order of the values.
func inParallel<Value: Sendable, Output: Sendable, Failure: Error>(
    _ values: [Value], atOnce: Int,
    _ body: @escaping @Sendable (Value) async throws(Failure) -> Output
) async throws(Failure) -> [Output] {
    let results = await withTaskGroup(of: (Int, Result<Output, Failure>).self) { group in
        var results = [Result<Output, Failure>?](repeating: nil, count: values.count)
        var next = 0
        var hasFailed = false
        func begin() {
            let place = next
            next += 1
            group.addTask {
                do throws(Failure) {
                    return (place, .success(try await body(values[place])))
                } catch {
                    return (place, .failure(error))
                }
            }
        }
        while next < min(atOnce, values.count) { begin() }
        for await (place, result) in group {
            results[place] = result
            if case .failure = result { hasFailed = true }
            if next < values.count, !hasFailed { begin() }
        }
        return results
    }
    var outputs: [Output] = []
    // The failure that is told is the first by order, not by time; what comes after it was
    // perhaps not begun.
    for case .failure(let error)? in results { throw error }
    for case .success(let output)? in results { outputs.append(output) }
    return outputs
}
