// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import HTTPTransport
package import KeyAccess
package import MetadataSigning
package import RepositoryStorage
package import TUFClient

/// How a registry is talked to.
package struct RegistryOptions: Sendable {
    /// Whether the registry is asked over plain HTTP even if its place does not say so; `nil` for
    /// HTTPS, but on this machine.
    package var usesPlainHTTP: Bool?
    /// Whether plain HTTP may go to other machines.
    package var allowsPlainHTTP = false
    /// Requests at the same time, where there are many to be sent.
    package var atOnce = 16
    /// Bytes of one answer of the tag list: some registries give all tags at once.
    package var maximumListBytes = 256 << 20
    /// Tags of one repository.
    package var maximumTags = 16 << 20
    /// An existing folder on this machine with room for what is staged.
    package var stagingParent = "/var/tmp"

    package init() {}
}

/// The files of a repository in an OCI registry, each a manifest with one blob and a tag made of
/// its name (Docs/Formats/Registry.md).
///
/// Registries put a tag on what comes last and know no conditions: two that write the same name
/// at the same time overwrite each other, so there may be one writer.
package final class RegistryStore: RepositoryStore {
    let client: RegistryClient
    let options: RegistryOptions
    let now: @Sendable () -> Instant
    private let staging: StagingFolder
    /// Done once the content that stands for none is known to be there.
    let emptyConfig = OneTime<RepositoryStoreError>()

    package var place: String { client.place.description }
    package var guarantees: StoreGuarantees { StoreGuarantees(isConditional: false) }

    /// - Parameters:
    ///   - transport: must allow plain HTTP beyond this machine if `options` do.
    ///   - now: the time of day.
    /// - Throws: ``RegistryError``: `.notAPlace`, `.inTheClear`.
    package init(
        _ place: RegistryPlace, login: RegistryLogin, transport: HTTPTransport,
        options: RegistryOptions = RegistryOptions(), now: @escaping @Sendable () -> Instant
    ) throws(RegistryError) {
        client = try RegistryClient(
            place, login: login, options: options, transport: transport, now: now)
        self.options = options
        self.now = now
        staging = StagingFolder(in: options.stagingParent)
    }

    /// The same for `oci://…`, with the credentials that docker or podman have for it.
    ///
    /// - Throws: ``RegistryError``.
    package convenience init(
        url: String, environment: ProcessEnvironment, transport: HTTPTransport,
        options: RegistryOptions = RegistryOptions(), now: @escaping @Sendable () -> Instant
    ) throws(RegistryError) {
        let place = try RegistryPlace(url)
        let login = try RegistryLogin.find(for: place, environment)
        try self.init(place, login: login, transport: transport, options: options, now: now)
    }

    // MARK: reading

    package func read(
        _ name: UTF8Text, maximumBytes: Int
    ) async throws(RepositoryStoreError) -> StoredFile? {
        guard let file = try await file(name)?.layer else { return nil }
        guard file.size <= maximumBytes else {
            throw error(name, .tooLarge(maximumBytes: maximumBytes))
        }
        let bytes: [UInt8]
        if let data = file.data {
            bytes = data
        } else {
            bytes = try await client.bytes(file, about: client.shown(name))
        }
        return StoredFile(bytes: bytes, tag: file.digest.tag)
    }

    package func find(_ name: UTF8Text) async throws(RepositoryStoreError) -> StoredEntry? {
        guard let file = try await file(name)?.layer else { return nil }
        return StoredEntry(length: file.size, tag: file.digest.tag)
    }

    /// - Throws: `.damaged` also after the sink had all bytes, if they are not those that the
    ///   registry names; from a later byte on that is for the caller to check.
    package func stream(
        _ name: UTF8Text, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(RepositoryStoreError) -> Bool {
        guard let file = try await file(name)?.layer else { return false }
        guard file.size <= maximumBytes else {
            throw error(name, .tooLarge(maximumBytes: maximumBytes))
        }
        guard offset <= file.size else {
            throw error(name, .unexpected("\(file.size) bytes found, asked from \(offset)"))
        }
        // No registry has a part without bytes.
        if offset == file.size, offset > 0 { return true }
        if let data = file.data {
            let isTaken = data.withUnsafeBytes {
                $0.isEmpty || sink.receive(UnsafeRawBufferPointer(rebasing: $0[offset...]))
            }
            guard isTaken else { throw error(name, .sinkRefused) }
        } else {
            try await client.stream(file, from: offset, into: sink, about: client.shown(name))
        }
        return true
    }

    // MARK: what all of it needs

    /// The manifest of a file with the file in it; `nil` if there is none.
    func file(
        _ name: UTF8Text
    ) async throws(RepositoryStoreError) -> (found: FoundManifest, layer: Descriptor)? {
        let subject = client.shown(name)
        guard let found = try await client.manifest(try tag(name), about: subject) else {
            return nil
        }
        do throws(RegistryError) {
            return (found, try found.manifest.file(name))
        } catch {
            throw self.error(name, .damaged("\(error)"))
        }
    }

    func tag(_ name: UTF8Text) throws(RepositoryStoreError) -> FileTag {
        guard let tag = FileTag(name) else {
            throw RepositoryStoreError(
                place, .unexpected("\(quoted(name)) found, the name of a file expected"))
        }
        return tag
    }

    func error(
        _ name: UTF8Text, _ reason: RepositoryStoreError.Reason
    ) -> RepositoryStoreError {
        RepositoryStoreError(client.shown(name), reason)
    }

    /// What a registry acknowledged is there: it keeps no more to be asked for.
    package func synchronize() async throws(RepositoryStoreError) {}

    package func stagingFolder() async throws(RepositoryStoreError) -> String {
        do throws(StorageError) {
            return try staging.path()
        } catch {
            throw RepositoryStoreError(error.path, .local(error.reason))
        }
    }
}
