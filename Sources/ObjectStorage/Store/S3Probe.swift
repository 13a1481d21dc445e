// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import HTTPTransport
import MetadataSigning
package import RepositoryStorage

extension S3Store {
    /// Finds out whether the bucket is there, whether we may write to it, and whether the store
    /// honours conditions on writes, by a scratch file and then a second one that several writers
    /// race for. Both are removed.
    ///
    /// - Returns: what ``guarantees`` says from now on.
    /// - Throws: `.noPlace`, `.denied`, `.clockSkew` and what else keeps us from writing at all.
    @discardableResult
    package func probe() async throws(RepositoryStoreError) -> StoreGuarantees {
        promiseConditions(false)
        try await findBucket()
        let mark = StoredContent(.bytes([])).mark
        let scratch = [UTF8Text(".carnet-probe-\(mark)"), UTF8Text(".carnet-probe-\(mark)-race")]
        let outcome: Result<Bool, RepositoryStoreError>
        do throws(RepositoryStoreError) {
            outcome = .success(try await honoursConditions(scratch))
        } catch {
            outcome = .failure(error)
        }
        // Also for a task that was cancelled.
        await Task.detached { [self] in _ = try? await remove(scratch) }.value
        promiseConditions(try outcome.get())
        return guarantees
    }

    private func findBucket() async throws(RepositoryStoreError) {
        let response = try await client.send(S3Request(.head, nil), about: nil)
        switch response.status {
        case 200...299: return
        // Who may write files need not be allowed to look at the bucket.
        case 401, 403: return
        case 404: throw client.error(.noPlace, about: nil)
        default: throw client.refusal(response, about: nil)
        }
    }

    private func honoursConditions(
        _ scratch: [UTF8Text]
    ) async throws(RepositoryStoreError) -> Bool {
        let name = scratch[0]
        // Without a condition first: what keeps us from this is no matter of conditions.
        try await put(name, .bytes([0x30]))
        do throws(RepositoryStoreError) {
            if try await create(name, .bytes([0x31])) { return false }
            let foreign = StoreTag(Array("\"00000000000000000000000000000000\"".utf8))
            if try await replace(name, with: [0x32], expecting: foreign) { return false }
            guard let tag = try await find(name)?.tag,
                try await replace(name, with: [0x33], expecting: tag),
                try await read(name, maximumBytes: 1)?.bytes == [0x33]
            else { return false }
            return try await winners(of: scratch[1]) == 1
        } catch {
            // A store that does not know the condition says so.
            if case .unexpected = error.reason { return false }
            if case .busy(501) = error.reason { return false }
            throw error
        }
    }

    /// How many of four writers at once are told that they have made the file.
    private func winners(of name: UTF8Text) async throws(RepositoryStoreError) -> Int {
        typealias Outcome = Result<Bool, RepositoryStoreError>
        let outcomes = await withTaskGroup(of: Outcome.self, returning: [Outcome].self) { group in
            for number in 0..<4 as Range<UInt8> {
                group.addTask { [self] in
                    do throws(RepositoryStoreError) {
                        return .success(try await create(name, .bytes([number])))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var winners = 0
        for outcome in outcomes where try outcome.get() { winners += 1 }
        return winners
    }
}
