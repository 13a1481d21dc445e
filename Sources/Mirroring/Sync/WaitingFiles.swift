// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RepositoryStorage
import Synchronization

/// Files that get their place with the new state.
final class WaitingFiles: Sendable {
    private let files = Mutex<[(name: UTF8Text, content: StoreContent)]>([])

    func add(_ name: UTF8Text, _ content: StoreContent) {
        files.withLock { $0.append((name, content)) }
    }

    func take() -> [(name: UTF8Text, content: StoreContent)] {
        files.withLock { files in
            defer { files = [] }
            return files
        }
    }
}
