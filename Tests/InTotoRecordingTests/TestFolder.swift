// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoRecording
import MetadataSigning

/// A folder of a test's own, removed with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/in-toto-recording-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // Names may be of any bytes, so the removal is left to a program that knows.
        _ = try? StepRunner().run(["rm", "-rf", "--", path])
    }

    /// Writes a file, and the folders above it.
    func write(_ name: String, _ text: String = "", mode: mode_t = 0o644) {
        write(name, bytes: Array(text.utf8), mode: mode)
    }

    func write(_ name: String, bytes: [UInt8], mode: mode_t = 0o644) {
        write(rawName: Array(name.utf8), bytes, mode)
    }

    func write(rawName name: [UInt8], _ bytes: [UInt8], _ mode: mode_t = 0o644) {
        let parts = name.split(separator: UInt8(ascii: "/"))
        var folder = Array(path.utf8)
        for part in parts.dropLast() {
            folder += [UInt8(ascii: "/")] + part
            mkdir(folder.map { CChar(bitPattern: $0) } + [0], 0o755)
        }
        let full = folder + [UInt8(ascii: "/")] + (parts.last ?? [])
        let file = open(
            full.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
            mode)
        precondition(file >= 0, "cannot write \(name)")
        defer { close(file) }
        precondition(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    func makeFolder(_ name: String) { mkdir("\(path)/\(name)", 0o755) }

    func link(_ name: String, to target: String) {
        precondition(symlink(target, "\(path)/\(name)") == 0)
    }

    func read(_ name: String) -> [UInt8]? {
        let file = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return result }
            result += chunk[0..<count]
        }
    }

    /// The names in a folder, sorted.
    func names(in folder: String = ".") -> [String] {
        guard let stream = opendir("\(path)/\(folder)") else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Sets when a file was last written, in seconds since 1970.
    func setModified(_ name: String, seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        precondition(utimensat(AT_FDCWD, "\(path)/\(name)", [time, time], 0) == 0)
    }
}

/// A recorder whose names begin at a folder.
func recorder(
    _ folder: TestFolder, _ set: (inout ArtifactRecorder.Options) -> Void = { _ in }
) throws -> ArtifactRecorder {
    var options = ArtifactRecorder.Options()
    options.basePath = folder.path
    set(&options)
    return try ArtifactRecorder(options)
}

extension Artifacts {
    /// The names, in order.
    var names: [String] { map(\.name.string) }

    /// Whether the names are these, byte for byte.
    func hasNames(_ expected: [String]) -> Bool {
        map(\.name) == expected.map { UTF8Text($0) }.sorted()
    }
}

func sha256(_ text: String) -> String { DigestAlgorithm.sha256.hexDigest(of: Array(text.utf8)) }

/// Keys that are the same in each run.
func key(_ number: UInt8) throws -> PrivateKey {
    try PrivateKey(ed25519Seed: [UInt8](repeating: number, count: 32))
}

/// A link's file, verified by a key under each of its ids.
func verifiedLink(_ bytes: [UInt8], by key: PublicKey) throws -> Link {
    let file = try InTotoFile(bytes)
    var link: Link?
    for id in [key.keyID, key.legacyKeyID] {
        let authority = Authority([.init(id, key)], threshold: 1)
        link = try file.verified(by: authority, decoding: Link.init).document
    }
    return link!
}
