// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import Glibc

extension DirectoryStore {
    private static let portion = 1024
    private static let depth = 128

    /// Hidden files and folders are the store's own, and not listed.
    package func list(
        _ prefix: UTF8Text, _ body: ([ListedEntry]) async throws(RepositoryStoreError) -> Bool
    ) async throws(RepositoryStoreError) {
        let bytes = Array(prefix.utf8)
        let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        // Only one folder can hold what begins so.
        var folders = [String(decoding: bytes[..<start], as: UTF8.self)]
        var found: [ListedEntry] = []
        while let folder = folders.popLast() {
            let depth = folder.utf8.count(where: { $0 == UInt8(ascii: "/") })
            guard depth <= DirectoryStore.depth else {
                throw RepositoryStoreError("\(place)/\(folder)", .local("folders too deep"))
            }
            for name in try names(in: folder) {
                let whole = folder + name
                guard isWanted(whole, bytes) else { continue }
                var status = stat()
                guard lstat("\(path)/\(whole)", &status) == 0 else {
                    // It went since the folder was read.
                    if errno == ENOENT { continue }
                    throw error(.system("\(path)/\(whole)"))
                }
                if status.st_mode & S_IFMT == S_IFDIR {
                    folders.append(whole + "/")
                } else {
                    found.append(
                        ListedEntry(
                            name: UTF8Text(whole), length: Int(status.st_size),
                            seconds: max(status.st_mtim.tv_sec, status.st_ctim.tv_sec)))
                }
            }
            if found.count >= DirectoryStore.portion {
                guard try await body(found) else { return }
                found = []
            }
        }
        if !found.isEmpty { _ = try await body(found) }
    }

    /// Whether a name, or names in a folder of this name, may begin with the prefix.
    private func isWanted(_ name: String, _ prefix: [UInt8]) -> Bool {
        name.utf8.count < prefix.count
            ? prefix.starts(with: name.utf8) : name.utf8.starts(with: prefix)
    }

    private func names(in folder: String) throws(RepositoryStoreError) -> [String] {
        let path = folder.isEmpty ? path : "\(path)/\(folder.dropLast())"
        do throws(StorageError) {
            return try FileSystem.names(in: path)
                .filter { $0.utf8.first != UInt8(ascii: ".") }
        } catch {
            throw self.error(error)
        }
    }
}
