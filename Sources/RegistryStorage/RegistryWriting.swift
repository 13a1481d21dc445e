// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
import MetadataSigning
package import RepositoryStorage

extension RegistryStore {
    /// Above this, it pays to ask first whether the content is there.
    private static let longBytes = 1 << 20

    /// Looks first, and then writes: against another writer this is no protection.
    package func create(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) -> Bool {
        let blob = try BlobContent(content, of: client.shown(name))
        if let there = try await file(name) {
            // Its index may be what an earlier try did not come to.
            if let subject = there.found.manifest.subject {
                try await list(there.found.descriptor, under: subject, about: name)
            }
            blob.takeAway()
            return there.layer.digest == blob.digest && there.layer.size == blob.length
        }
        var isThere = false
        if blob.length > RegistryStore.longBytes {
            isThere = try await client.hasBlob(blob.digest, about: client.shown(name))
        }
        if !isThere {
            try await client.upload(blob.body, as: blob.digest, about: client.shown(name))
        }
        try await tie(name, blob, to: try await subject(of: name))
        blob.takeAway()
        return true
    }

    /// Looks first, and then writes: against another writer this is no protection.
    package func replace(
        _ name: UTF8Text, with bytes: [UInt8], expecting tag: StoreTag?
    ) async throws(RepositoryStoreError) -> Bool {
        guard try await file(name)?.layer.digest.tag == tag else { return false }
        let blob = try BlobContent(.bytes(bytes), of: client.shown(name))
        try await client.upload(blob.body, as: blob.digest, about: client.shown(name))
        try await tie(name, blob, to: nil)
        return true
    }

    /// - Throws: also if the registry keeps damaged bytes under the content's digest, which
    ///   nothing but its operator can change.
    package func put(
        _ name: UTF8Text, _ content: StoreContent
    ) async throws(RepositoryStoreError) {
        let blob = try BlobContent(content, of: client.shown(name))
        let subject = client.shown(name)
        var isWhole = false
        if try await client.hasBlob(blob.digest, about: subject) {
            isWhole = try await isWholeThere(blob, about: subject)
            if !isWhole {
                try await client.upload(blob.body, as: blob.digest, about: subject)
                guard try await isWholeThere(blob, about: subject) else {
                    throw error(
                        name,
                        .denied("it keeps damaged bytes as \(blob.digest), uploaded again or not"))
                }
            }
        } else {
            try await client.upload(blob.body, as: blob.digest, about: subject)
        }
        // The manifest that is there stays if it is right, and with it who refers to it.
        let there = await manifestThere(name)
        if there?.digest != blob.digest || there?.size != blob.length {
            try await tie(name, blob, to: try await self.subject(of: name))
        }
        blob.takeAway()
    }

    /// What the manifest that is there says; `nil` also if that cannot be read.
    private func manifestThere(_ name: UTF8Text) async -> Descriptor? {
        do throws(RepositoryStoreError) { return try await file(name)?.layer } catch { return nil }
    }

    private func isWholeThere(
        _ blob: BlobContent, about subject: String
    ) async throws(RepositoryStoreError) -> Bool {
        let content = Descriptor(MediaType.otherFile, blob.digest, size: blob.length)
        do throws(RepositoryStoreError) {
            try await client.stream(content, from: 0, into: DiscardingSink(), about: subject)
            return true
        } catch {
            guard case .damaged = error.reason else { throw error }
            return false
        }
    }

    /// Gives a content that is there its manifest and tag.
    private func tie(
        _ name: UTF8Text, _ blob: BlobContent, to subject: Descriptor?
    ) async throws(RepositoryStoreError) {
        guard blob.isUnchanged else { throw error(name, .changed) }
        try await expectEmptyConfig()
        var manifest = FileManifest(
            name, blob.digest, length: blob.length, data: blob.bytes, made: now())
        manifest.subject = subject
        try await put(manifest, as: try tag(name), about: name)
    }

    /// Puts a manifest, and makes it known to those who ask about its subject.
    func put(
        _ manifest: FileManifest, as tag: FileTag, about name: UTF8Text
    ) async throws(RepositoryStoreError) {
        let isListed = try await client.put(
            manifest.bytes, MediaType.manifest, as: tag, about: client.shown(name))
        if let subject = manifest.subject, !isListed {
            try await list(manifest.descriptor, under: subject, about: name)
        }
    }

    /// Every manifest names a config: ours, the content that stands for none.
    func expectEmptyConfig() async throws(RepositoryStoreError) {
        // One at a time: docker-registry may fail to read what two upload at once.
        try await emptyConfig.run { () throws(RepositoryStoreError) in
            let empty = Descriptor.empty
            guard try await !self.client.hasBlob(empty.digest, about: self.place) else { return }
            try await self.client.upload(
                .bytes(empty.data ?? []), as: empty.digest, about: self.place)
        }
    }
}
