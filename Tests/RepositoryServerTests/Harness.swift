// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import RepositoryServer
import Testing

/// Limits under which a file is kept in memory from its first request.
var settled: ServerLimits {
    var limits = ServerLimits()
    limits.settleSeconds = 0
    return limits
}

/// Serves the repository while `body` runs, on a thread of its own, for it may block.
@discardableResult
func serving<Result: Sendable>(
    _ scratch: Scratch, limits: ServerLimits = ServerLimits(),
    _ body: @escaping @Sendable (Int) throws -> Result
) async throws -> Result {
    defer { withExtendedLifetime(scratch) {} }
    let (ports, listening) = AsyncStream<Int>.makeStream()
    let server = RepositoryServer(directory: scratch.path, port: 0, limits: limits)
    let running = Task {
        defer { listening.finish() }
        try await server.run { listening.yield($0) }
    }
    var result: Swift.Result<Result, any Error>?
    for await port in ports {
        result = await blocking { try body(port) }
        break
    }
    running.cancel()
    try await running.value
    return try #require(result).get()
}

/// Runs `body` on a thread outside the pool that the server's tasks need.
func blocking<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
) async -> Swift.Result<Result, any Error> {
    await withCheckedContinuation { done in
        DispatchQueue.global().async { done.resume(returning: .init(catching: body)) }
    }
}
