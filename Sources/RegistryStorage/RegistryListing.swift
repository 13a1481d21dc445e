// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import HTTPTransport
import MetadataSigning
package import RepositoryStorage

extension RegistryStore {
    /// Tags asked for at once; a registry may give more, or fewer.
    private static let pageTags = 1000
    /// Manifests that are asked for before a portion is handed on.
    private static let portion = 256
    /// A registry that gives one tag at a time would never come to an end.
    private static let maximumPages = 65_536

    /// One small request for each file: length and time stand in its manifest. For the names
    /// alone there is ``names(_:_:)``.
    package func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        try await tags { tags throws(RepositoryStoreError) in
            let wanted = tags.filter { RegistryStore.mayBe(FileTag.meaning($0), prefix) }
            for start in stride(from: 0, to: wanted.count, by: RegistryStore.portion) {
                let end = min(start + RegistryStore.portion, wanted.count)
                let entries = try await self.entries(Array(wanted[start..<end]))
                let fit = entries.filter { $0.name.utf8.starts(with: prefix.utf8) }
                if !fit.isEmpty, try await !body(fit) { return false }
            }
            return true
        }
    }

    /// The names of all files that begin with `prefix`, in no order that counts, in portions: a
    /// request for a thousand of them or more, and one for each long name.
    ///
    /// - Parameter body: gets a portion; `false` ends the listing.
    package func names(
        _ prefix: UTF8Text, _ body: ([UTF8Text]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        try await tags { tags throws(RepositoryStoreError) in
            var names: [UTF8Text] = []
            var long: [String] = []
            for tag in tags {
                switch FileTag.meaning(tag) {
                case .name(let name): names.append(name)
                case .digestOfName: long.append(tag)
                case .reference, .foreign: continue
                }
            }
            names += try await self.entries(long).map(\.name)
            names.removeAll { !$0.utf8.starts(with: prefix.utf8) }
            if names.isEmpty { return true }
            return try await body(names)
        }
    }

    private static func mayBe(_ meaning: FileTag.Meaning, _ prefix: UTF8Text) -> Bool {
        switch meaning {
        case .name(let name): name.utf8.starts(with: prefix.utf8)
        case .digestOfName: true
        case .reference, .foreign: false
        }
    }

    /// What the manifests under these tags say; without those that were removed meanwhile.
    private func entries(
        _ tags: [String]
    ) async throws(RepositoryStoreError) -> [ListedEntry] {
        try await inParallel(tags, atOnce: options.atOnce) { tag throws(RepositoryStoreError) in
            try await self.entry(tag)
        }.compactMap { $0 }
    }

    private func entry(_ tag: String) async throws(RepositoryStoreError) -> ListedEntry? {
        let subject = client.shown(tag)
        guard let found = try await client.manifest(FileTag(found: tag), about: subject) else {
            return nil
        }
        do throws(RegistryError) {
            let layer = try found.manifest.anyFile()
            guard let name = layer.title, let made = FileTag(name),
                made.text.utf8.elementsEqual(tag.utf8)
            else { throw .otherFile(found: layer.title?.string ?? "") }
            return ListedEntry(
                name: name, length: layer.size, seconds: found.manifest.made?.seconds ?? 0)
        } catch {
            throw RepositoryStoreError(subject, .damaged("\(error)"))
        }
    }

    // MARK: pages

    /// All tags, page by page.
    private func tags(
        _ body: ([String]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        var request = client.request(.get, "/tags/list?n=\(RegistryStore.pageTags)")
        var count = 0
        var seen: Set<[UInt8]> = []
        while seen.insert(Array(request.url.utf8)).inserted {
            guard seen.count <= RegistryStore.maximumPages else {
                throw unexpected("more than \(RegistryStore.maximumPages) pages of tags found")
            }
            let response = try await client.send(
                request, .read, maximumBytes: options.maximumListBytes, about: place)
            // Nothing was ever pushed there.
            if response.status == 404 { return }
            guard response.status == 200 else {
                throw RegistryFault.error(response, of: place, client.login)
            }
            let page = try page(response)
            count += page.count
            guard count <= options.maximumTags else {
                throw unexpected("more than \(options.maximumTags) tags found")
            }
            guard try await body(page) else { return }
            let links = response.values(of: "link")
            guard !page.isEmpty, let next = NextPage.reference(in: links) else { return }
            guard let url = client.location(next, from: request.url), client.isOwn(url) else {
                throw unexpected("a next page elsewhere found in its tag list")
            }
            request.url = url.text
        }
        throw unexpected("its tag list leads back to a page that was read")
    }

    private func page(_ response: HTTPResponse) throws(RepositoryStoreError) -> [String] {
        let limits = JSONLimits(
            maximumBytes: options.maximumListBytes, maximumDepth: 4,
            maximumValues: options.maximumTags + 16)
        do throws(JSONError) {
            let object = try JSONDocument(response.body, limits: limits).root.object()
            // Some registries say null where there is none.
            guard let tags = object["tags"], tags.kind != .null else { return [] }
            return try tags.texts().map(\.string)
        } catch {
            throw unexpected("tag list: \(error)")
        }
    }

    private func unexpected(_ words: String) -> RepositoryStoreError {
        RepositoryStoreError(place, .unexpected(words))
    }
}
