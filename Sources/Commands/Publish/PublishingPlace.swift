// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFRepository

/// Where a repository is that a command changes: a folder, or a store that many publish to.
struct PublishingPlace: Sendable {
    /// As it was given.
    let text: String
    /// `nil` for a folder.
    private let store: (any RepositoryStore)?
    private let pinFile: String
    private let pin: RemotePin?

    /// - Parameters:
    ///   - text: a folder, or the URL of a store.
    ///   - fingerprint: SHA-256 of the first root, for a store that this user does not know.
    /// - Throws: ``CommandFailure``, also for a place that cannot be written to.
    init(_ text: String, fingerprint: String?, _ network: NetworkOptions) async throws {
        self.text = text
        let place = try StorePlace(text)
        guard !place.isFolder else {
            guard fingerprint == nil else {
                throw CommandFailure("--fingerprint goes with a repository in a store, by its URL")
            }
            (store, pinFile, pin) = (nil, "", nil)
            return
        }
        let (transport, _, _) = try network.transport()
        let store = try await place.store(transport, allowingHTTP: network.allowHTTP)
        let file = RemotePin.file(for: store.place, in: try Home().state)
        let known = try RemotePin(reading: file)
        guard let expected = fingerprint?.lowercased() ?? known?.fingerprint else {
            throw CommandFailure(
                "\(store.place): no first root of it is known here",
                hint: "--fingerprint HEX says which repository must be there", code: 6)
        }
        if let known, known.fingerprint != expected {
            throw CommandFailure(
                "\(store.place): fingerprint \(expected) found, \(known.fingerprint) expected, "
                    + "as it was here before", code: 1)
        }
        self.store = store
        pinFile = file
        pin = known ?? RemotePin(fingerprint: expected)
    }

    /// Makes a change, in a store as often as others are faster.
    func perform<Result>(
        _ ring: any KeyRing,
        _ body: (Publisher) async throws(PublishingError) -> Result
    ) async throws -> Result {
        guard let store, let pin else {
            return try await body(Publisher(RepositoryDirectory(text), ring, now: currentInstant()))
        }
        let work = try WorkFolder(in: Home.variable("TMPDIR") ?? "/tmp")
        defer { withExtendedLifetime(work) {} }
        let remote = RemoteRepository(store, pin, folder: work.path)
        let publisher = Publisher(remote, ring, now: currentInstant())
        let result = try await remote.perform { () throws(PublishingError) in
            try await body(publisher)
        }
        try remote.currentPin.save(to: pinFile, place: store.place)
        return result
    }
}
