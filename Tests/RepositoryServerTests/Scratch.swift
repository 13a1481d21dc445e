// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A repository in a directory of its own, removed with the last reference.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array(((getenv("TMPDIR").map { String(cString: $0) }) ?? "/tmp").utf8)
        template += Array("/carnet-serve-XXXXXX".utf8) + [0]
        let made = template.withUnsafeMutableBytes {
            mkdtemp($0.baseAddress!.assumingMemoryBound(to: CChar.self))
                .map { String(cString: $0) }
        }
        guard let made else { throw Problem.system("mkdtemp", errno) }
        path = made
    }

    deinit { Self.removeTree(path) }

    /// A repository with a folder for metadata, one for targets and three that are private.
    static func repository() throws -> Scratch {
        let scratch = try Scratch()
        for folder in ["metadata", "targets", "layouts", "signing"] {
            try scratch.makeFolder(folder)
        }
        try scratch.write("metadata/timestamp.json", "{}")
        try scratch.write("layouts/x", "private")
        try scratch.write("signing/event.json", "private")
        try scratch.write(".key", "private")
        return scratch
    }

    /// The file or folder of this name.
    func at(_ name: String) -> String { "\(path)/\(name)" }

    func makeFolder(_ name: String) throws {
        guard mkdir(at(name), 0o755) == 0 else { throw Problem.system("mkdir \(name)", errno) }
    }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, at(name)) == 0 else { throw Problem.system("link \(name)", errno) }
    }

    func move(_ name: String, to other: String) throws {
        guard rename(at(name), at(other)) == 0 else { throw Problem.system("move \(name)", errno) }
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    /// Puts the bytes there in one step, as a publisher does.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let draft = at(".draft")
        guard let file = fopen(draft, "w") else { throw Problem.system("open \(name)", errno) }
        let done = bytes.isEmpty ? 0 : fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, done == bytes.count, rename(draft, at(name)) == 0 else {
            throw Problem.system("write \(name)", errno)
        }
    }

    private static func removeTree(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != ".." else { continue }
                if unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }

    /// Makes a file of this length that takes no room.
    func makeSparse(_ name: String, bytes: Int) throws {
        try write(name, "")
        guard truncate(at(name), off_t(bytes)) == 0 else {
            throw Problem.system("truncate \(name)", errno)
        }
    }
}

/// Why a test could not go on.
enum Problem: Error {
    case system(String, Int32)
    case connectionEnded(received: Int)
    case malformedAnswer
}

/// Bytes that look random and are the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 2 &+ 1
    return [UInt8](unsafeUninitializedCapacity: count + 8) { bytes, initialized in
        // Eight at a time, for tests are not built to be fast.
        for start in stride(from: 0, to: count, by: 8) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            UnsafeMutableRawBufferPointer(bytes).storeBytes(
                of: state ^ state >> 32, toByteOffset: start, as: UInt64.self)
        }
        initialized = count
    }
}
