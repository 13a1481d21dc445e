// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Names in a folder, in the order of their bytes, one after the other in one piece of memory:
/// there may be a million.
struct FolderNames {
    private struct Place {
        let start: Int
        let count: Int
    }

    /// How a name is taken.
    enum Kind {
        case file
        /// It is followed by a slash then, as it is in paths, and sorted with it.
        case folder
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []

    /// Reads the names but `.` and `..`; none if there is no such folder.
    ///
    /// - Parameter kind: asked of each with what the folder says of it, such as `DT_REG`, or
    ///   `DT_UNKNOWN`; `nil` for what is passed over.
    init(
        _ path: String,
        _ kind: (UnsafeBufferPointer<UInt8>, Int) throws(StorageError) -> Kind?
    ) throws(StorageError) {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return }
            throw .system(path)
        }
        defer { closedir(directory) }
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        while let entry = readdir(directory) {
            let given = Int(entry.pointee.d_type)
            let field = UnsafeRawPointer(entry) + offset
            let name = UnsafeBufferPointer(
                start: field.assumingMemoryBound(to: UInt8.self),
                count: strlen(field.assumingMemoryBound(to: CChar.self)))
            if FolderNames.isDots(name) { continue }
            guard let kind = try kind(name, given) else { continue }
            let start = bytes.count
            bytes.append(contentsOf: name)
            if kind == .folder { bytes.append(UInt8(ascii: "/")) }
            places.append(Place(start: start, count: bytes.count - start))
        }
        bytes.withUnsafeBufferPointer { bytes in
            places.sort {
                compareBytes(FolderNames.slice(bytes, $0), FolderNames.slice(bytes, $1)) < 0
            }
        }
    }

    private static func isDots(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...2).contains(name.count) && name.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    private static func slice(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Place
    ) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[place.start..<place.start + place.count])
    }

    var count: Int { places.count }

    /// Calls `body` with the bytes of a name, in place.
    func withName<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { body(FolderNames.slice($0, places[index])) }
    }

    var strings: [String] {
        places.indices.map { withName(at: $0) { String(decoding: $0, as: UTF8.self) } }
    }
}
