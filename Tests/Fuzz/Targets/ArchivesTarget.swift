// SPDX-License-Identifier: Apache-2.0
import Archives
import Glibc

/// The first byte picks what the rest is: a tar, as it is or with the sums of its headers set
/// right; a zip as either tool unpacks it; a packed stream, alone or of a tar; a Debian package.
func fuzzArchives(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    switch first % 8 {
    case 0: checkTar(rest)
    case 1: checkTar(withSums(rest))
    case 2: checkZip(rest, .unzip)
    case 3: checkZip(rest, .python)
    case 4: checkStream(rest, .gzip)
    case 5: checkStream(rest, .xz)
    case 6: checkStream(rest, .zstd)
    default: checkPackage(rest)
    }
}

private let limits: ArchiveLimits = {
    var limits = ArchiveLimits()
    limits.totalBytes = 1 << 20
    limits.fileBytes = 256 << 10
    limits.files = 100
    limits.ratioFloorBytes = 64 << 10
    limits.nameBytes = 300
    limits.depth = 12
    limits.windowBytes = 2 << 20
    return limits
}()

/// What an archive holds, or why it is refused.
private enum Outcome: Equatable {
    case entries([Listing.Entry])
    case refused(String)
}

/// Keeps what it is told, and that it is told in the right order.
private struct Listing: ArchiveVisitor {
    struct Entry: Equatable {
        let entry: ArchiveEntry
        var bytes: [UInt8] = []
    }

    var entries: [Entry] = []
    private var isOpen = false
    private var total = 0

    mutating func begin(_ entry: ArchiveEntry) throws(ArchiveError) {
        require(!isOpen, "one entry at a time")
        isOpen = true
        let name = entry.name
        require(name.raw.count <= limits.nameBytes, "names are bounded")
        require(name.segments.count <= limits.depth, "folders are bounded")
        for segment in name.segments {
            require(
                !segment.isEmpty && !segment.contains(0) && !segment.contains(0x2F)
                    && segment != [0x2E] && segment != [0x2E, 0x2E], "names stay in their folder")
        }
        entries.append(Entry(entry: entry))
        require(entries.count <= limits.files, "entries are bounded")
    }

    mutating func content(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        require(isOpen, "content belongs to an entry")
        total += bytes.count
        require(total <= limits.totalBytes, "bytes are bounded")
        entries[entries.count - 1].bytes += bytes
    }

    mutating func end() throws(ArchiveError) {
        require(isOpen, "what ends has begun")
        isOpen = false
        guard let last = entries.last else { return }
        let expected = if case .file(let count) = last.entry.kind { count } else { 0 }
        require(last.bytes.count == expected, "as many bytes as it says")
    }
}

private func outcome(_ body: (inout Listing) throws(ArchiveError) -> Void) -> Outcome {
    var listing = Listing()
    do throws(ArchiveError) { try body(&listing) } catch {
        requireOneLine("\(error)")
        return .refused("\(error)")
    }
    checkTree(listing.entries)
    return .entries(listing.entries)
}

/// Puts the entries into a tree, which refuses or stays in its folder.
private func checkTree(_ entries: [Listing.Entry]) {
    var tree = UnpackedTree<Int>(limits: limits)
    do throws(ArchiveError) {
        for (place, entry) in entries.enumerated() {
            let name = entry.entry.name
            switch entry.entry.kind {
            case .file: try tree.addFile(name, place)
            case .folder: try tree.addFolder(name)
            case .symbolicLink(let target): try tree.addSymbolicLink(name, to: target)
            case .hardLink(let other): try tree.addHardLink(name, to: other)
            }
        }
        let files = try tree.files { _ in false }
        var seen: Set<[UInt8]> = []
        for (path, content) in files {
            require(seen.insert(path).inserted, "no two files of one path")
            require(entries.indices.contains(content), "contents come from entries")
            let segments = path.split(separator: 0x2F, omittingEmptySubsequences: false)
            require(
                segments.allSatisfy { !$0.isEmpty && !$0.elementsEqual([0x2E, 0x2E]) },
                "paths stay inside")
        }
    } catch {
        requireOneLine("\(error)")
    }
}

// MARK: forms

private func checkTar(_ bytes: [UInt8]) {
    let whole = outcome { listing throws(ArchiveError) in
        var reader = TarReader(Pieces(bytes, bytes.count), limits: limits)
        try reader.read(&listing)
    }
    let pieces = outcome { listing throws(ArchiveError) in
        var reader = TarReader(Pieces(bytes, 7), limits: limits)
        try reader.read(&listing)
    }
    require(whole == pieces, "a tar reads the same in pieces")
    _ = outcome { listing throws(ArchiveError) in
        var reader = TarReader(Pieces(bytes, 512), limits: limits, strippedComponents: 1)
        try reader.read(&listing)
    }
}

private func checkZip(_ bytes: [UInt8], _ tool: ZipReader.Tool) {
    let read = {
        outcome { listing throws(ArchiveError) in
            try ZipReader(Scratch.file(bytes), limits: limits, tool: tool).read(&listing)
        }
    }
    require(read() == read(), "a zip reads the same again")
}

private func checkStream(_ bytes: [UInt8], _ packing: Packing) {
    let whole = unpacked(bytes, packing, bytes.count)
    let pieces = unpacked(bytes, packing, 5)
    // How much was made of what came is asked after each piece.
    if isTooDense(whole) || isTooDense(pieces) { return }
    // libzstd holds a frame to the size that it says only if all of it comes at once; and a piece
    // of five bytes does not show what packing it is, so the words may be others.
    if let one = try? whole.get(), let other = try? pieces.get() {
        require(one == other, "a stream unpacks to the same in pieces")
    }
    require(isSuccess(whole) == isSuccess(pieces) || packing == .zstd, "or not at all")
    if case .success(let content) = whole, !content.isEmpty {
        let direct = outcome { listing throws(ArchiveError) in
            var reader = TarReader(Pieces(content, content.count), limits: limits)
            try reader.read(&listing)
        }
        let packed = outcome { listing throws(ArchiveError) in
            let source = try Unpacked(Pieces(bytes, 100), packing, limits: limits)
            var reader = TarReader(source, limits: limits)
            try reader.read(&listing)
        }
        require(direct == packed || packing == .zstd, "a packed tar is the tar")
    }
}

private func isSuccess(_ outcome: Result<[UInt8], ArchiveError>) -> Bool {
    if case .success = outcome { true } else { false }
}

private func isTooDense(_ outcome: Result<[UInt8], ArchiveError>) -> Bool {
    if case .failure(.limit(.ratio, _, _)) = outcome { true } else { false }
}

private func unpacked(
    _ bytes: [UInt8], _ packing: Packing, _ piece: Int
) -> Result<[UInt8], ArchiveError> {
    var content: [UInt8] = []
    do throws(ArchiveError) {
        var source = try Unpacked(Pieces(bytes, piece), packing, limits: limits)
        try source.readAll { content += $0 }
        require(content.count <= limits.totalBytes, "bytes are bounded")
        return .success(content)
    } catch {
        requireOneLine("\(error)")
        return .failure(error)
    }
}

private func checkPackage(_ bytes: [UInt8]) {
    for isControl in [true, false] {
        _ = outcome { listing throws(ArchiveError) in
            let package = try DebianPackage(Scratch.file(bytes), limits: limits)
            try package.read(isControl ? package.control : package.data, &listing)
        }
    }
}

/// The bytes with the sum of each block in its place, where a header has it.
private func withSums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for start in stride(from: 0, to: bytes.count - 511, by: 512) {
        guard bytes[start..<start + 512].contains(where: { $0 != 0 }) else { continue }
        for place in 148..<156 { bytes[start + place] = 0x20 }
        let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
        let digits = Array(String(sum, radix: 8).utf8)
        let text = [UInt8](repeating: 0x30, count: 6 - digits.count) + digits + [0, 0x20]
        bytes.replaceSubrange(start + 148..<start + 156, with: text)
    }
    return bytes
}

/// Bytes that come in pieces.
private struct Pieces: ByteSource, ~Copyable {
    private let bytes: [UInt8]
    private let piece: Int
    private var place = 0

    init(_ bytes: [UInt8], _ piece: Int) {
        self.bytes = bytes
        self.piece = max(1, piece)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let count = min(buffer.count, piece, bytes.count - place)
        buffer.copyBytes(from: bytes[place..<place + count])
        place += count
        return count
    }
}

/// One file without a name, filled anew for each input.
private enum Scratch {
    private static let descriptor: Int32 = {
        var path = Array("/tmp/carnet-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        require(descriptor >= 0, "there is a folder for temporary files")
        unlink(path)
        return descriptor
    }()

    static func file(_ bytes: [UInt8]) throws(ArchiveError) -> ArchiveFile {
        require(ftruncate(descriptor, 0) == 0, "the file is emptied")
        require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, "the file is filled")
        return try ArchiveFile(descriptor: descriptor)
    }
}
