// SPDX-License-Identifier: Apache-2.0
import Mirroring
import Releases
import RepositoryStorage
import TUFClient

extension CommandFailure {
    /// - Parameter kept: the mirror that stays as it was, where one was to be changed.
    init(mirror error: MirrorError, keeping kept: String? = nil) {
        let code: Int32
        switch error {
        case _ where error.isCancelled: code = Interrupt.exitCode
        case .update(let inner): code = Refusal(inner).exitCode
        case .foreignSource, .foreignDestination, .twoFiles, .diverged, .damaged: code = 1
        case .nothingTrusted: code = 6
        case .store where error.isUnreachable: code = 5
        case .store, .unconditional, .notConsistent, .contended, .tooManyRoles, .unknownRole:
            code = CommandFailure.badInput
        }
        var message = "\(error)"
        if let kept, code == 1 || code == 4 { message += "; \(kept) keeps its last good state" }
        self.init(message, hint: error.hint, code: code)
    }
}

/// Runs a piece of a mirror's work with its errors as a command has them.
func mirroring<Result>(
    keeping kept: String? = nil, _ body: () async throws(MirrorError) -> Result
) async throws -> Result {
    do throws(MirrorError) { return try await body() } catch {
        throw CommandFailure(mirror: error, keeping: kept)
    }
}
