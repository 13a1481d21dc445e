// SPDX-License-Identifier: Apache-2.0

/// Reads a zip archive: stored and deflated entries, zip64.
///
/// The central directory says what there is; the headers before the entries must say the same,
/// and the entries lie one after the other from the beginning of the file to the directory.
public struct ZipReader: ~Copyable {
    /// The tool that would unpack it, where tools do not do the same.
    public enum Tool: Sendable {
        /// Makes symbolic links, and takes names of archives that Unix made as they are.
        case unzip
        /// Python's `zipfile`: a symbolic link becomes a file that holds its target.
        case python
    }

    private let file: ArchiveFile
    private let limits: ArchiveLimits
    private let tool: Tool
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    public init(_ file: ArchiveFile, limits: ArchiveLimits, tool: Tool = .unzip) {
        self.file = file
        self.limits = limits
        self.tool = tool
    }

    deinit { room.deallocate() }

    /// Reads all of it, in the order in which it lies in the file.
    ///
    /// - Throws: ``ArchiveError``.
    public func read<Visitor: ArchiveVisitor & ~Copyable>(
        _ visitor: inout Visitor
    ) throws(ArchiveError) {
        let directory = try ZipDirectory(file)
        let headers = try headers(directory)
        guard headers.first.map({ $0.place == 0 }) ?? (directory.start == 0) else {
            throw .archive(.zip, .strayBytes)
        }
        for (index, header) in headers.enumerated() {
            let end = index + 1 < headers.count ? headers[index + 1].place : directory.start
            if index > 0, headers[index - 1].place == header.place {
                throw .entry(name: header.name, .overlap)
            }
            let local = try ZipLocalHeader(header, in: file, end: end)
            try read(header, local.data, &visitor)
        }
    }

    /// The entries by their places. All limits hold before anything is unpacked.
    private func headers(_ directory: ZipDirectory) throws(ArchiveError) -> [ZipHeader] {
        var budget = Budget(limits)
        var reader = ZipDirectoryReader(file, directory)
        var headers: [ZipHeader] = []
        while try !reader.isAtEnd {
            let header = try ZipHeader(&reader, for: tool)
            try budget.admit(name: header.name)
            try budget.admit(bytes: header.bytes)
            try limits.checkRatio(unpacked: header.bytes, packed: header.packedBytes)
            headers.append(header)
        }
        guard headers.count == directory.entries else {
            throw .archive(.zip, .disagreement("entries"))
        }
        return headers.sorted { $0.place < $1.place }
    }

    private func read<Visitor: ArchiveVisitor & ~Copyable>(
        _ header: ZipHeader, _ data: Range<Int>, _ visitor: inout Visitor
    ) throws(ArchiveError) {
        let name = try EntryName(header.name, limits: limits)
        var kind = try header.kind()
        if kind == .link, tool == .python { kind = .file }
        if name.segments.isEmpty, kind != .folder { throw .entry(name: name.raw, .emptyName) }
        switch kind {
        case .file:
            try visitor.begin(ArchiveEntry(name: name, kind: .file(bytes: header.bytes)))
            try content(header, data) { bytes throws(ArchiveError) in
                try visitor.content(bytes)
            }
        case .folder:
            try visitor.begin(ArchiveEntry(name: name, kind: .folder))
            try content(header, data) { _ throws(ArchiveError) in }
        case .link:
            guard header.bytes <= limits.nameBytes else {
                throw .limit(.nameBytes, found: header.bytes, maximum: limits.nameBytes)
            }
            var target: [UInt8] = []
            try content(header, data) { bytes throws(ArchiveError) in
                target.append(contentsOf: bytes)
            }
            try visitor.begin(ArchiveEntry(name: name, kind: .symbolicLink(target: target)))
        }
        try visitor.end()
    }

    /// Unpacks an entry's data: as many bytes as it says, with the sum that it says.
    private func content(
        _ header: ZipHeader, _ data: Range<Int>,
        _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var sum = CyclicSum()
        var count = 0
        var reader = ByteReader(FileSource(file, data))
        func took(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
            count += bytes.count
            guard count <= header.bytes else {
                throw .entry(name: header.name, .size(found: count, expected: header.bytes))
            }
            sum.update(bytes)
            try take(bytes)
        }
        if header.method == 0 {
            guard try reader.read(data.count, took) else { throw .archive(.zip, .truncated) }
        } else {
            try inflate(header, &reader, took)
        }
        guard count == header.bytes else {
            throw .entry(name: header.name, .size(found: count, expected: header.bytes))
        }
        guard sum.value == header.crc else { throw .entry(name: header.name, .checksum) }
    }

    private func inflate(
        _ header: ZipHeader, _ reader: inout ByteReader<FileSource>,
        _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var decoder = try Decoder(.deflate, windowBytes: limits.windowBytes)
        while true {
            let bytes = try reader.peek()
            let step: (taken: Int, made: Int, progress: Decoder.Progress)
            do throws(ArchiveError) { step = try decoder.step(bytes, into: room) } catch {
                throw .entry(name: header.name, .damaged)
            }
            reader.drop(step.taken)
            try take(UnsafeRawBufferPointer(rebasing: room[..<step.made]))
            if step.progress == .ended { break }
            // It goes on behind its data.
            if bytes.isEmpty, step.made == 0 { throw .entry(name: header.name, .damaged) }
        }
        guard try reader.isAtEnd else { throw .entry(name: header.name, .damaged) }
    }
}
