// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
package import RepositoryStorage

/// Who refers to what: later roots to the first one, evidence to the file that it is about
/// (distribution-spec 1.1, listing referrers and the referrers tag schema).
extension RegistryStore: EvidenceStore {
    private static let firstRoot: UTF8Text = "metadata/1.root.json"
    /// Against a writer that changes the same index in between.
    private static let indexTries = 4

    /// Makes evidence known to whoever asks a registry what there is about a file: layout, keys and
    /// links, as layers of one manifest with the file's manifest as its subject.
    ///
    /// What is known already is replaced. It is for other programs: nothing here reads it.
    ///
    /// - Parameter evidence: names of files that are there.
    /// - Throws: also if one of the files is not there.
    package func attach(
        _ evidence: [UTF8Text], to name: UTF8Text
    ) async throws(RepositoryStoreError) {
        let found = try await inParallel([name] + evidence, atOnce: options.atOnce) {
            name throws(RepositoryStoreError) in
            guard let file = try await self.file(name) else {
                throw self.error(name, .unexpected("not there, an existing file expected"))
            }
            return file
        }
        let layers = found.dropFirst().map { file in
            var layer = file.layer
            layer.data = nil
            return layer
        }
        let tag = FileTag(evidenceFor: name)
        let subject = found[0].found.descriptor
        if let there = try await client.manifest(tag, about: client.shown(name)) {
            guard
                there.manifest.subject?.digest != subject.digest
                    || there.manifest.layers.map(\.digest) != layers.map(\.digest)
            else { return try await list(there.descriptor, under: subject, about: name) }
            try await forget(there, about: name)
        }
        try await expectEmptyConfig()
        let manifest = FileManifest(evidence: Array(layers), about: subject, made: now())
        try await put(manifest, as: tag, about: name)
    }

    /// The manifests that refer to a file's: of evidence, of later roots, of whatever others made.
    package func referrers(
        of name: UTF8Text
    ) async throws(RepositoryStoreError) -> [ContentDigest] {
        guard let file = try await file(name) else { return [] }
        return try await index(of: file.found.digest, about: name).index.digests
    }

    /// What the manifest of a new file refers to.
    func subject(of name: UTF8Text) async throws(RepositoryStoreError) -> Descriptor? {
        let folder = "metadata/".utf8
        let fileName = String(decoding: name.utf8.dropFirst(folder.count), as: UTF8.self)
        let isRoot =
            name.utf8.starts(with: folder)
            && RepositoryDirectory.rootVersion(ofFile: fileName) != nil
        guard isRoot, name != RegistryStore.firstRoot else { return nil }
        return try await file(RegistryStore.firstRoot)?.found.descriptor
    }

    /// Enters a manifest in the index of its subject.
    func list(
        _ entry: Descriptor, under subject: Descriptor, about name: UTF8Text
    ) async throws(RepositoryStoreError) {
        try await change(subject.digest, about: name) { $0.add(entry) }
    }

    /// Before a manifest goes: takes it out of the index of its subject, and takes away the index
    /// about itself.
    func forget(
        _ found: FoundManifest, about name: UTF8Text
    ) async throws(RepositoryStoreError) {
        if let subject = found.manifest.subject {
            try await change(subject.digest, about: name) { $0.remove(found.digest) }
        }
        let subject = client.shown(name)
        let own = FileTag(referrersOf: found.digest)
        if let index = try await client.index(own, about: subject) {
            try await client.delete(index.digest, about: subject)
        }
        try await client.delete(found.digest, about: subject)
    }

    /// Changes an index that the registry does not keep by itself, and looks whether it stayed so.
    private func change(
        _ subject: ContentDigest, about name: UTF8Text,
        _ edit: (inout ReferrersIndex) -> Bool
    ) async throws(RepositoryStoreError) {
        let tag = FileTag(referrersOf: subject)
        for _ in 0..<RegistryStore.indexTries {
            let there = try await index(of: subject, about: name)
            guard !there.isKeptByRegistry else { return }
            var index = there.index
            guard edit(&index) else { return }
            // A registry takes no index that names what is not there any more.
            try await keepThose(in: &index, about: name)
            try await client.put(
                index.bytes, MediaType.index, as: tag, about: client.shown(name))
        }
        throw error(name, .unexpected("its index of referrers is changed by somebody else"))
    }

    /// Takes out of an index what is not there.
    private func keepThose(
        in index: inout ReferrersIndex, about name: UTF8Text
    ) async throws(RepositoryStoreError) {
        let there = try await inParallel(index.digests, atOnce: options.atOnce) {
            digest throws(RepositoryStoreError) in
            try await self.client.hasManifest(digest, about: self.client.shown(name))
        }
        for (digest, isThere) in zip(index.digests, there) where !isThere {
            _ = index.remove(digest)
        }
    }

    /// Who refers to a manifest, by the registry's own list or, where it has none, by the index.
    private func index(
        of digest: ContentDigest, about name: UTF8Text
    ) async throws(RepositoryStoreError) -> (index: ReferrersIndex, isKeptByRegistry: Bool) {
        let subject = client.shown(name)
        let response = try await client.send(
            client.request(.get, "/referrers/\(digest)", headers: [("Accept", MediaType.index)]),
            .read, maximumBytes: FileManifest.maximumBytes, about: subject)
        if response.status == 200 {
            do throws(RegistryError) {
                return (try ReferrersIndex(response.body), true)
            } catch {
                throw self.error(name, .unexpected("\(error)"))
            }
        }
        guard [400, 404, 405, 501].contains(response.status) else {
            throw RegistryFault.error(response, of: subject, client.login)
        }
        let tag = FileTag(referrersOf: digest)
        return (try await client.index(tag, about: subject)?.index ?? ReferrersIndex(), false)
    }
}
