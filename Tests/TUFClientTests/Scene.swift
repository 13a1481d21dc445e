// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// A repository and a client of it.
struct Scene {
    var repository = RepositorySimulator()
    let store = MemoryStore()
    var limits = ClientLimits()
    var now = Instant.testTime

    /// A client that trusts the first root and has nothing else.
    init() { store[.root] = repository.bytes(of: .root) }

    /// A client that has refreshed from a repository as `prepare` left it.
    static func upToDate(
        _ prepare: (inout RepositorySimulator) -> Void = { _ in }
    ) async throws -> Scene {
        var scene = Scene()
        prepare(&scene.repository)
        _ = try await scene.refresh()
        scene.forget()
        return scene
    }

    var updater: Updater {
        Updater(
            metadataURL: SimulatedServer.url, fetcher: repository, store: store, limits: limits,
            now: now)
    }

    @discardableResult
    func refresh() async throws(UpdateError) -> RepositoryState { try await updater.refresh() }

    func requests() -> [String] { repository.server.takeRequests() }

    /// Empties the logs.
    func forget() {
        _ = requests()
        store.forgetEvents()
    }

    func search() async throws(UpdateError) -> TargetSearch {
        TargetSearch(try await refresh(), updater)
    }

    /// What a search after a refresh finds, and what it asks for.
    func find(_ path: UTF8Text) async throws -> (target: FoundTarget?, asked: [String]) {
        let search = try await search()
        _ = requests()
        let target = try await search.find(try #require(TargetPath(path)))
        return (target, requests())
    }

    /// ``expectRefusal(_:asking:saving:at:of:)`` of a search after a refresh.
    func expectRefusal(
        _ expected: UpdateError, searching path: UTF8Text, asking names: [String],
        saving roles: [RoleName] = [], at location: SourceLocation = #_sourceLocation
    ) async throws {
        let search = try await search()
        let path = try #require(TargetPath(path))
        await expectRefusal(expected, asking: names, saving: roles, at: location) {
            () async throws(UpdateError) in _ = try await search.find(path)
        }
    }

    /// What an attack must meet: this very error, these requests and no further one, and a
    /// client that trusts what it trusted, but for `roles` that were good and are saved.
    func expectRefusal(
        _ expected: UpdateError, asking names: [String], saving roles: [RoleName] = [],
        at location: SourceLocation = #_sourceLocation,
        of work: () async throws(UpdateError) -> Void
    ) async {
        let trusted = store.files
        forget()
        var found: UpdateError?
        do throws(UpdateError) { try await work() } catch { found = error }
        #expect(found == expected, sourceLocation: location)
        #expect(requests() == names, sourceLocation: location)
        #expect(store.events == roles.map { .saved($0) }, sourceLocation: location)
        var kept = store.files
        for role in roles { kept[role] = trusted[role] }
        #expect(kept == trusted, sourceLocation: location)
    }

    /// ``expectRefusal(_:asking:saving:at:of:)`` of a refresh.
    func expectRefusal(
        _ expected: UpdateError, asking names: [String], saving roles: [RoleName] = [],
        at location: SourceLocation = #_sourceLocation
    ) async {
        await expectRefusal(expected, asking: names, saving: roles, at: location) {
            () async throws(UpdateError) in try await refresh()
        }
    }

    /// What a refresh ends with, if not well.
    func refusal() async -> UpdateError? {
        do throws(UpdateError) { try await refresh() } catch { return error }
        return nil
    }

    /// The refusal of a role's last published file, which these keys should have signed.
    func unsigned(
        _ role: RoleName, as file: String? = nil, keys: [TestKey], threshold: Int = 1,
        by appointer: RoleName = .root
    ) throws -> UpdateError {
        let authority = Authority(keys, threshold: threshold)
        let count = try SignedFile(repository.bytes(of: role)).count(by: authority)
        let signed = keys.filter { count.accepted.contains($0.id) }
        let silent = keys.filter { key in
            !signed.contains { $0.key.publicKey.material == key.key.publicKey.material }
        }
        return .unsigned(
            file: file ?? role.fileName(), by: appointer, count, missing: silent.map(\.id))
    }

    /// What a fault of the server becomes.
    func fault(_ reason: FetchError.Reason, _ file: String) -> UpdateError {
        .fetch(file: file, FetchError(url: SimulatedServer.url + file, reason: reason))
    }
}
