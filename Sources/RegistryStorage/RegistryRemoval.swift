// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import RepositoryStorage

extension RegistryStore {
    /// Removes the manifests; the contents go with the registry's own garbage collection.
    ///
    /// - Throws: `.denied` if the registry allows no removal.
    package func remove(_ names: [UTF8Text]) async throws(RepositoryStoreError) {
        _ = try await inParallel(names, atOnce: options.atOnce) {
            name throws(RepositoryStoreError) in
            guard let file = try await self.file(name) else { return }
            // The evidence first: without the file nobody would find it.
            if name.utf8.starts(with: "targets/".utf8),
                let evidence = try await self.client.manifest(
                    FileTag(evidenceFor: name), about: self.client.shown(name))
            {
                try await self.forget(evidence, about: name)
                try await self.forget(file.found, about: name)
            } else if file.found.manifest.subject != nil {
                try await self.forget(file.found, about: name)
            } else {
                try await self.client.delete(file.found.digest, about: self.client.shown(name))
            }
        }
    }
}
