// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A folder on this machine for files on their way to a store elsewhere; it goes with its owner.
package final class StagingFolder: Sendable {
    private let parent: String
    private let made = Mutex<WorkFolder?>(nil)

    /// - Parameter parent: an existing folder with room for the largest files.
    package init(in parent: String) { self.parent = parent }

    /// Its path; it is made when it is first asked for, for this user alone.
    package func path() throws(StorageError) -> String {
        try made.withLock { made throws(StorageError) in
            if let made { return made.path }
            let folder = try WorkFolder(in: parent)
            made = folder
            return folder.path
        }
    }
}
