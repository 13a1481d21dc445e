// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// The files a walk found, before they are hashed.
///
/// All paths lie end to end in one array, each with a NUL after it: until the link is made, a
/// file costs its path and 24 bytes, its digests and, if they are to be known, 48 bytes.
struct FileList {
    /// A folder as the walk met it.
    struct Folder {
        /// Where its path begins in `bytes`.
        let path: Int
        let identity: FolderIdentity
    }

    /// A file in 24 bytes.
    struct Entry {
        private let pathStart: UInt32
        private let pathEnd: UInt32
        private var nameStart: UInt32
        private var nameEnd: UInt32
        private let baseOffset: UInt32
        /// The folder's number, twice, and one more for a link.
        private let folderAndLink: UInt32

        init(path: Range<Int>, base: Int, folder: Int, isLink: Bool) {
            pathStart = UInt32(path.lowerBound)
            pathEnd = UInt32(path.upperBound)
            nameStart = pathStart
            nameEnd = pathEnd
            baseOffset = UInt32(base)
            folderAndLink = UInt32(folder) << 1 | (isLink ? 1 : 0)
        }

        /// The path in `bytes`, as walked.
        var path: Range<Int> { Int(pathStart)..<Int(pathEnd) }
        /// Where in the path the part begins that is opened from the folder.
        var base: Int { Int(baseOffset) }
        var folder: Int { Int(folderAndLink >> 1) }
        /// Whether the last component is a symbolic link, to be followed.
        var isLink: Bool { folderAndLink & 1 == 1 }

        /// The name that is recorded, in `bytes`.
        var name: Range<Int> {
            get { Int(nameStart)..<Int(nameEnd) }
            set {
                nameStart = UInt32(newValue.lowerBound)
                nameEnd = UInt32(newValue.upperBound)
            }
        }
    }

    /// What paths and names together may hold: with the digests it must fit into places of 32
    /// bits.
    static let maximumBytes = 1 << 30

    var bytes: [UInt8] = []
    var folders: [Folder] = []
    var entries: [Entry] = []
    /// Paths that were left out though no pattern excludes them.
    var skipped: [SkippedPath] = []

    /// Adds text with a NUL after it; gives its place without the NUL.
    mutating func append(_ text: some Collection<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text)
        let end = bytes.count
        bytes.append(0)
        return start..<end
    }

    /// A path or name for a message, repaired if it is not UTF-8.
    func shown(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// What tells folders apart.
struct FolderIdentity: Equatable {
    let device: UInt64
    let inode: UInt64
}

/// A path that was asked for or met, and not recorded, as Python's in-toto passes it over too.
public struct SkippedPath: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// There is no such file, or a symbolic link leads nowhere.
        case missing
        /// A pipe, socket or device.
        case notRegular
    }

    public let path: String
    public let reason: Reason

    package init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }
}

extension SkippedPath: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .missing: "\(quoted(path)): leads to nothing"
        case .notRegular: "\(quoted(path)): no regular file"
        }
    }
}
