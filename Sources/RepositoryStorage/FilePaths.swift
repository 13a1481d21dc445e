// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Paths of the files below a folder, relative to it, in the order of their bytes, one after the
/// other in one piece of memory: there may be a million.
package struct FilePaths: RandomAccessCollection, Sendable {
    private var bytes: [UInt8] = []
    /// Where each ends.
    private var ends: [Int] = []

    /// A folder that is being read.
    private struct Level {
        let names: FolderNames
        var next = 0
        /// Number of bytes of the path below which its names are.
        let prefixCount: Int
    }

    /// Finds regular files; links and hidden files and folders are passed over.
    init(below folder: String) throws(StorageError) {
        var path: [UInt8] = []
        var levels = [Level(names: try FilePaths.visible(in: folder), prefixCount: 0)]
        while let last = levels.indices.last {
            let (next, prefixCount) = (levels[last].next, levels[last].prefixCount)
            path.removeSubrange(prefixCount...)
            guard next < levels[last].names.count else {
                levels.removeLast()
                continue
            }
            levels[last].next += 1
            levels[last].names.withName(at: next) { path.append(contentsOf: $0) }
            if path.last == UInt8(ascii: "/") {
                let below = String(decoding: path.dropLast(), as: UTF8.self)
                levels.append(
                    Level(
                        names: try FilePaths.visible(in: "\(folder)/\(below)"),
                        prefixCount: path.count))
            } else {
                bytes.append(contentsOf: path)
                ends.append(bytes.count)
            }
        }
    }

    /// The files and folders in a folder.
    private static func visible(in folder: String) throws(StorageError) -> FolderNames {
        try FolderNames(folder) { (name, given) throws(StorageError) in
            if name.first == UInt8(ascii: ".") { return nil }
            switch try given == DT_UNKNOWN ? kind(of: name, in: folder) : given {
            case DT_DIR: return .folder
            case DT_REG: return .file
            default: return nil
            }
        }
    }

    /// The same as a folder says of a file in it, where the file system keeps no note of it.
    private static func kind(
        of name: UnsafeBufferPointer<UInt8>, in folder: String
    ) throws(StorageError) -> Int {
        let path = "\(folder)/\(String(decoding: name, as: UTF8.self))"
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system(path) }
        return Int(status.st_mode & S_IFMT) >> 12
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { ends.count }

    package subscript(index: Int) -> String { path(at: index, after: "") }

    /// A path with something before it, such as the folder and a slash.
    package func path(at index: Int, after prefix: String) -> String {
        var prefix = prefix
        let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
        return prefix.withUTF8 { prefix in
            bytes.withUnsafeBufferPointer { bytes in
                String(unsafeUninitializedCapacity: prefix.count + range.count) { output in
                    let count = output.update(fromContentsOf: prefix)
                    return output[count...].update(fromContentsOf: bytes[range])
                }
            }
        }
    }
}
