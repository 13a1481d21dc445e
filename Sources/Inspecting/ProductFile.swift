// SPDX-License-Identifier: Apache-2.0
import Archives

/// Where the bytes of a product are.
public enum ProductFile: Sendable {
    case path(String)
    /// An open file that need not have a name; it stays open as long as it is used.
    case descriptor(Int32)

    func open() throws(ArchiveError) -> ArchiveFile {
        switch self {
        case .path(let path): try ArchiveFile(path)
        case .descriptor(let descriptor): try ArchiveFile(descriptor: descriptor)
        }
    }
}
