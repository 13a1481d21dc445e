// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON

/// The links that a wheel carries in `*.dist-info/extra_metadata/`.
struct WheelLinks: Sendable {
    /// Path of the wheel.
    let file: String
    /// Names below `extra_metadata/`; a name stands twice if two `.dist-info` have it.
    private(set) var links: [UTF8Text: [[UInt8]]] = [:]

    init(_ file: String) throws(LinkSourceError) {
        self.file = file
        do throws(ArchiveError) {
            var visitor = Visitor()
            let reader = ZipReader(
                try ArchiveFile(file), limits: ArchiveLimits(), tool: .python)
            try reader.read(&visitor)
            links = visitor.links
        } catch {
            throw .wheel(file: file, error)
        }
    }

    /// Keeps the links in memory, and nothing else.
    private struct Visitor: ArchiveVisitor {
        var links: [UTF8Text: [[UInt8]]] = [:]
        private var places: Set<[[UInt8]]> = []
        private var name: UTF8Text?
        private var bytes: [UInt8] = []
        private var room = ReleaseVerifier.Limits().evidenceBytes

        mutating func begin(_ entry: ArchiveEntry) throws(ArchiveError) {
            name = nil
            guard case .file(let count) = entry.kind,
                let relative = WheelLinks.name(entry.name.segments)
            else { return }
            // Tools do not agree on which of two entries of one name is the file.
            guard places.insert(entry.name.segments).inserted else {
                throw .entry(name: entry.name.raw, .duplicate)
            }
            guard count <= room else {
                throw .limit(.totalBytes, found: count, maximum: room)
            }
            room -= count
            name = relative
            bytes = []
            bytes.reserveCapacity(count)
        }

        mutating func content(_ piece: UnsafeRawBufferPointer) throws(ArchiveError) {
            if name != nil { bytes.append(contentsOf: piece) }
        }

        mutating func end() throws(ArchiveError) {
            if let name { links[name, default: []].append(bytes) }
            name = nil
        }
    }

    /// What stands behind `NAME.dist-info/extra_metadata/`, if it is the name of a link.
    private static func name(_ segments: [[UInt8]]) -> UTF8Text? {
        guard segments.count > 2, ends(segments[0], with: ".dist-info"),
            segments[1].elementsEqual("extra_metadata".utf8),
            ends(segments[segments.count - 1], with: ".link")
        else { return nil }
        return UTF8Text(
            validating: Array(segments.dropFirst(2).joined(separator: [UInt8(ascii: "/")])))
    }

    private static func ends(_ bytes: [UInt8], with ending: String) -> Bool {
        bytes.count > ending.utf8.count
            && bytes.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }
}
