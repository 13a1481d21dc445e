// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import KeyAccess
import MetadataSigning
import RegistryStorage
import RepositoryStorage
import Synchronization
import TUFClient
import TestKit

/// What all tests of the store need.
enum RegistryFixture {
    static let now = Instant(seconds: 1_795_000_000)

    /// A transport that gives up soon.
    static func transport(retries: Int = 1, caFile: String? = nil) -> HTTPTransport {
        var limits = TransportLimits()
        limits.retries = retries
        limits.retryMilliseconds = 10
        limits.connectSeconds = 5
        limits.slowSeconds = 10
        return HTTPTransport(version: "test", caFile: caFile, limits: limits)
    }

    static func store(
        _ url: String, login: RegistryLogin = .anonymous(remark: ""), retries: Int = 1,
        options: RegistryOptions = RegistryOptions()
    ) throws -> RegistryStore {
        try RegistryStore(
            RegistryPlace(url), login: login, transport: transport(retries: retries),
            options: options, now: { now })
    }

    /// The store of a scripted server.
    static func store(_ server: HostileServer, retries: Int = 1) throws -> RegistryStore {
        try store("oci://127.0.0.1:\(server.port)/demo", retries: retries)
    }

    /// Bytes that no compression makes small.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for place in 0..<count {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                buffer[place] = UInt8(truncatingIfNeeded: state >> 32)
            }
            filled = count
        }
    }

    /// What a command prints.
    static func output(of command: String, _ arguments: String...) throws -> String {
        let run = try ProgramRun(
            command, arguments: arguments, environment: .current, maximumOutput: 64 << 20)
        return String(decoding: try run.run(within: .seconds(120)), as: UTF8.self)
    }
}

/// Keeps what it gets; ends a transfer after so many bytes.
final class CollectingSink: FetchSink {
    private let state = Mutex<[UInt8]>([])
    private let most: Int

    init(most: Int = .max) { self.most = most }

    var bytes: [UInt8] { state.withLock { $0 } }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        state.withLock { bytes in
            bytes.append(contentsOf: chunk)
            return bytes.count <= most
        }
    }
}

/// Hashes what it gets and keeps nothing.
final class HashingSink: FetchSink, @unchecked Sendable {
    private var running = RunningDigest(.sha256)
    private(set) var count = 0

    var digest: String { running.finishHex() }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        running.update(chunk)
        count += chunk.count
        return true
    }
}
