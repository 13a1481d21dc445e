// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import HTTPTransport
import ObjectStorage
import RepositoryStorage
import Synchronization
import TestKit
import Testing

extension SeaweedSuites {
    /// The reference cluster, whose processes are killed while it is written to.
    @Suite("The reference cluster")
    struct ClusterTests {
        @Test("conditions hold across two gateways, and nothing acknowledged is lost in kills")
        func kills() async throws {
            let seaweed = try SeaweedFS(.cluster(gateways: 2))
            try seaweed.makeBucket("kills")
            let patient = { (limits: inout TransportLimits) in
                limits.retryMilliseconds = 200
                limits.slowSeconds = 3
            }
            func store(_ gateway: Int) throws -> S3Store {
                try S3.store(
                    seaweed.endpoint(gateway), "s3://kills/repository", repetitions: 8,
                    transport: S3.transport(patient), patienceSeconds: 3)
            }
            let stores = [try store(0), try store(1)]
            for store in stores { #expect(try await store.probe().isConditional) }
            let races = try await raceAcrossGateways(stores)

            // A gateway, a volume server, and a gateway that stands still until requests time
            // out whose writes may have taken effect.
            let writing = Writing(stores)
            async let written: Void = writing.run(writers: 8, seconds: 30)
            await pause(3)
            seaweed.kill(.gateway(0))
            await pause(1)
            try seaweed.start(.gateway(0))
            await pause(3)
            seaweed.kill(.volume(1))
            await pause(5)
            try seaweed.start(.volume(1))
            await pause(2)
            seaweed.pause(.gateway(1))
            await pause(12)
            seaweed.resume(.gateway(1))
            await written

            let lost = await writing.lost(from: stores[0])
            let outcome = writing.outcome
            print(
                "cluster: \(races) races across two gateways; \(outcome.acknowledged.count) writes "
                    + "acknowledged, \(outcome.failures) failed, \(lost.count) lost; "
                    + "additions \(outcome.additions), \(outcome.conflicts) conflicts")
            #expect(lost.isEmpty, "\(lost.prefix(5)), failures: \(outcome.words)")
            #expect(outcome.acknowledged.count > 100)
            let file = try await stores[1].read("metadata/timestamp.json", maximumBytes: 1 << 20)
            let lines = (file?.bytes ?? []).split(separator: UInt8(ascii: "\n")).map(Array.init)
            // Each once: an addition that was repeated has not been made twice.
            #expect(Set(lines).count == lines.count)
            #expect(outcome.additionLines.isSubset(of: Set(lines)))
        }

        /// - Returns: how many names were raced for, each with one winner.
        private func raceAcrossGateways(_ stores: [S3Store]) async throws -> Int {
            for round in 0..<10 {
                let name = UTF8Text("metadata/race-\(round)")
                let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for writer in 0..<8 {
                        group.addTask {
                            try await stores[writer % 2].create(name, .bytes([UInt8(writer)]))
                        }
                    }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(made == 1)
            }
            return 10
        }

        private func pause(_ seconds: Int) async {
            try? await Task.sleep(for: .seconds(seconds))
        }
    }
}

/// Writers that go on as long as they are told to, and what was acknowledged to them.
private final class Writing: Sendable {
    struct Outcome: Sendable {
        var acknowledged: [UTF8Text] = []
        var failures = 0
        var words = ""
        var additions = 0
        var conflicts = 0
        var additionLines: Set<[UInt8]> = []
    }

    private let stores: [S3Store]
    private let state = Mutex(Outcome())

    init(_ stores: [S3Store]) { self.stores = stores }

    var outcome: Outcome { state.withLock { $0 } }

    func run(writers: Int, seconds: Int) async {
        let end = time(nil) + seconds
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask { [self] in
                    var number = 0
                    while time(nil) < end {
                        await write(writer, number)
                        if number % 10 == 0 { await add(writer, number) }
                        number += 1
                    }
                }
            }
        }
    }

    private func write(_ writer: Int, _ number: Int) async {
        let name = UTF8Text("targets/\(writer)/\(number)")
        do throws(RepositoryStoreError) {
            let isMade = try await stores[(writer + number) % stores.count].create(
                name, .bytes(Array(name.utf8)))
            state.withLock { state in
                if isMade {
                    state.acknowledged.append(name)
                } else {
                    // Nobody else writes this name.
                    state.failures += 1
                    state.words += "\(name) taken; "
                }
            }
        } catch {
            fail(error)
        }
    }

    /// Adds a line to the one file that all share.
    private func add(_ writer: Int, _ number: Int) async {
        let store = stores[(writer + number) % stores.count]
        let line = Array("\(writer) \(number)".utf8)
        do throws(RepositoryStoreError) {
            while true {
                let old = try await store.read("metadata/timestamp.json", maximumBytes: 1 << 20)
                // Made, unanswered, and built upon by others: nobody can tell that but by looking.
                if let old, old.bytes.split(separator: UInt8(ascii: "\n")).contains(line[...]) {
                    return state.withLock { state in
                        state.additions += 1
                        state.additionLines.insert(line)
                    }
                }
                let new = (old?.bytes ?? []) + line + [UInt8(ascii: "\n")]
                let isMade = try await store.replace(
                    "metadata/timestamp.json", with: new, expecting: old?.tag)
                state.withLock { state in
                    if isMade {
                        state.additions += 1
                        state.additionLines.insert(line)
                    } else {
                        state.conflicts += 1
                    }
                }
                if isMade { return }
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: RepositoryStoreError) {
        state.withLock { state in
            state.failures += 1
            if state.words.utf8.count < 2000 { state.words += "\(error); " }
        }
    }

    /// Names that were acknowledged and are not there as they were written.
    func lost(from store: S3Store) async -> [UTF8Text] {
        await withTaskGroup(of: UTF8Text?.self) { group in
            for name in outcome.acknowledged {
                group.addTask {
                    let read = try? await store.read(name, maximumBytes: 1000)
                    return read?.bytes == Array(name.utf8) ? nil : name
                }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
    }
}
