// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// Makes a link's artifacts of files that were hashed.
struct ArtifactMaking: ~Copyable {
    private let digests: DigestSet
    private var builder = ArtifactTable.Builder()
    /// Folders that are artifacts as a whole, in the order they were asked for.
    private var folders: [Folder] = []

    private struct Folder {
        let name: UTF8Text
        let path: String
        let digests: [(ArtifactDigest, [UInt8])]
    }

    init(_ digests: DigestSet) { self.digests = digests }

    /// Adds all files of a list that is sorted by name; to be called once.
    ///
    /// - Throws: `.tooManyFiles`.
    mutating func add(_ files: FileList, _ pass: HashingPass) throws(RecordingError) {
        let hexBytes = files.entries.count * digests.byteCount * 2
        let bytes = files.entries.reduce(hexBytes) { $0 + $1.name.count } + 256
        guard bytes < Int(UInt32.max) else {
            throw .tooManyFiles(maximumNameBytes: Int(UInt32.max) - hexBytes)
        }
        builder = ArtifactTable.Builder(artifacts: files.entries.count, bytes: bytes)
        let algorithms = digests.members.map { (Array($0.rawValue.utf8), digests.range(of: $0)) }
        var hex = [UInt8](repeating: 0, count: 128)
        files.bytes.withUnsafeBufferPointer { bytes in
            for (index, entry) in files.entries.enumerated() {
                builder.beginArtifact(UnsafeBufferPointer(rebasing: bytes[entry.name]))
                let row = pass.row(index)
                for (algorithm, range) in algorithms {
                    let length = writeHex(row[range], to: &hex)
                    algorithm.withUnsafeBufferPointer { algorithm in
                        hex.withUnsafeBufferPointer {
                            builder.addDigest(
                                algorithm, UnsafeBufferPointer(rebasing: $0[..<length]))
                        }
                    }
                }
            }
        }
    }

    /// Adds a folder as one artifact.
    ///
    /// - Throws: `.collision` with another folder.
    mutating func add(
        folder path: String, as name: UTF8Text, _ files: FileList, _ pass: HashingPass
    ) throws(RecordingError) {
        if let other = folders.first(where: { $0.name == name }) {
            guard other.path.utf8.elementsEqual(path.utf8) else {
                throw .collision(name: name.string, first: other.path, second: path)
            }
            return
        }
        var found: [(ArtifactDigest, [UInt8])] = []
        for member in digests.members {
            guard let algorithm = DigestAlgorithm(rawValue: member.rawValue) else { continue }
            var running = RunningDigest(algorithm)
            var line = [UInt8](repeating: 0, count: 128)
            for (index, entry) in files.entries.enumerated() {
                let length = writeHex(pass.row(index)[digests.range(of: member)], to: &line)
                // As sha256sum writes it.
                let text = line[..<length] + "  ".utf8 + files.bytes[entry.name] + "\n".utf8
                text.withUnsafeBytes { running.update($0) }
            }
            found.append((member, running.finish()))
        }
        folders.append(Folder(name: name, path: path, digests: found))
    }

    /// - Throws: `.collision` for two artifacts of one name.
    consuming func finish() throws(RecordingError) -> Artifacts {
        let folders = folders
        if folders.isEmpty { return Artifacts(builder) }
        for folder in folders {
            folder.name.withBytes { builder.beginArtifact($0) }
            for (member, digest) in folder.digests {
                var algorithm = member.rawValue
                var digits = hex(digest)
                algorithm.withUTF8 { algorithm in
                    digits.withUTF8 { builder.addDigest(algorithm, $0) }
                }
            }
        }
        let artifacts = Artifacts(builder)
        for folder in folders where ArtifactMaking.isTwice(folder.name, in: artifacts) {
            throw .collision(
                name: folder.name.string, first: folder.path, second: folder.name.string)
        }
        return artifacts
    }

    private static func isTwice(_ name: UTF8Text, in artifacts: Artifacts) -> Bool {
        artifacts.borrowing { artifacts in
            name.withBytes { name in
                let first = artifacts.index(notBefore: name, in: 0..<artifacts.count)
                return first + 1 < artifacts.count
                    && compareBytes(artifacts.name(first + 1), name) == 0
            }
        }
    }
}

/// Writes lower-case hexadecimal digits; gives how many.
private func writeHex(
    _ bytes: Slice<UnsafeMutableRawBufferPointer>, to digits: inout [UInt8]
) -> Int {
    digits.withUnsafeMutableBufferPointer { digits in
        var place = 0
        for byte in bytes {
            digits[place] = digit(byte >> 4)
            digits[place + 1] = digit(byte & 15)
            place += 2
        }
        return place
    }
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
