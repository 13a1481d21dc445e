// SPDX-License-Identifier: Apache-2.0

/// Something that is done once, whoever needs it first; after a failure, once more.
actor OneTime<Failure: Error> {
    private var task: Task<Result<Void, Failure>, Never>?

    /// Comes back once it was done.
    func run(
        _ body: @escaping @Sendable () async throws(Failure) -> Void
    ) async throws(Failure) {
        let current =
            task
            ?? Task {
                do throws(Failure) { return .success(try await body()) } catch {
                    return .failure(error)
                }
            }
        task = current
        do throws(Failure) { try await current.value.get() } catch {
            task = nil
            throw error
        }
    }
}
