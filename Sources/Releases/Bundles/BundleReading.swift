// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// The one pass over a bundle in which everything but the worth of its contents is judged.
///
/// The manifest leaves one form alone for all that follows it, so each header is compared with
/// the one that must stand there. No member is interpreted that was not announced: there are no
/// links, no folders, no second member of a name, no name that leads anywhere.
struct BundleReading {
    private static let chunkBytes = 256 << 10

    private let file: BundleBytes

    init(_ file: BundleBytes) { self.file = file }

    private var size: Int { file.size }

    func bundle(
        _ limits: BundleManifest.Limits
    ) throws(BundleFault) -> (BundleManifest, [UTF8Text: Range<Int>]) {
        let (manifest, start) = try manifest(limits)
        var places: [UTF8Text: Range<Int>] = [:]
        places.reserveCapacity(manifest.members.count)
        let end = expectedSize(manifest, from: start)
        var position = start
        for member in manifest.members {
            let name = Array(member.name.utf8)
            let header = TarBlock.header(of: name, length: member.length)
            try expect(header, at: position, for: member, end)
            position += header.count
            let place = position..<(position + member.length)
            guard place.upperBound <= size else { throw .truncated(found: size, expected: end) }
            let digest = try digest(place)
            guard digest == member.sha256 else {
                throw .wrongDigest(
                    member.name.string, found: digest, expected: member.sha256)
            }
            position = try skipPadding(after: place, member.name.string, end)
            places[member.name] = place
        }
        try expectEnd(at: position)
        return (manifest, places)
    }

    // MARK: the manifest

    private func manifest(
        _ limits: BundleManifest.Limits
    ) throws(BundleFault) -> (BundleManifest, end: Int) {
        guard size > 0 else { throw .truncated(found: 0, expected: nil) }
        guard let block = file.bytes(0..<TarBlock.bytes) else {
            throw size < TarBlock.bytes ? .truncated(found: size, expected: nil) : .changed
        }
        guard let found = TarBlock.Found(block) else { throw .notTar }
        guard found.name.utf8.elementsEqual(BundleManifest.fileName.utf8), found.kind == nil else {
            throw .manifestNotFirst(found: found.name)
        }
        guard let length = found.length, length <= limits.manifestBytes else {
            throw .malformedManifest(
                .bound(
                    .manifestBytes, found: found.length ?? 0, maximum: limits.manifestBytes))
        }
        guard block == TarBlock.header(of: Array(BundleManifest.fileName.utf8), length: length)
        else { throw .memberHeader(BundleManifest.fileName) }
        let place = TarBlock.bytes..<(TarBlock.bytes + length)
        guard let bytes = file.bytes(place) else { throw .truncated(found: size, expected: nil) }
        let next = try skipPadding(after: place, BundleManifest.fileName, nil)
        do throws(ManifestFault) {
            return (try BundleManifest(bytes, limits: limits), next)
        } catch {
            throw .malformedManifest(error)
        }
    }

    /// Length of a bundle with this manifest.
    private func expectedSize(_ manifest: BundleManifest, from start: Int) -> Int {
        var end = start
        for member in manifest.members {
            let header = TarBlock.header(of: Array(member.name.utf8), length: member.length)
            // Bounds of count and length keep it far below overflow.
            end += header.count + member.length + TarBlock.paddingCount(after: member.length)
        }
        return end + TarBlock.endBytes
    }

    // MARK: members

    private func expect(
        _ header: [UInt8], at position: Int, for member: BundleManifest.Member, _ end: Int
    ) throws(BundleFault) {
        guard let found = file.bytes(position..<(position + header.count)) else {
            throw .truncated(found: size, expected: end)
        }
        if found == header { return }
        throw fault(found, header, member)
    }

    /// What stands in the place of a header.
    private func fault(
        _ found: [UInt8], _ header: [UInt8], _ member: BundleManifest.Member
    ) -> BundleFault {
        let name = member.name.string
        let different = found.indices.first { found[$0] != header[$0] } ?? 0
        let start = different / TarBlock.bytes * TarBlock.bytes
        let block = Array(found[start..<(start + TarBlock.bytes)])
        guard let other = TarBlock.Found(block) else { return .memberHeader(name) }
        let isExtended = header.count > TarBlock.bytes
        if isExtended, start > 0 || other.kind == TarBlock.Found.extended {
            return .memberHeader(name)
        }
        if let kind = other.kind {
            return .member(expected: name, found: "\(kind) \(quoted(other.name))")
        }
        guard other.name.utf8.elementsEqual(name.utf8) else {
            return .member(expected: name, found: "file \(quoted(other.name))")
        }
        if let length = other.length, length != member.length {
            return .memberLength(name, found: length, expected: member.length)
        }
        return .memberHeader(name)
    }

    private func digest(_ place: Range<Int>) throws(BundleFault) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(BundleReading.chunkBytes, max(1, place.count)), alignment: 16)
        defer { buffer.deallocate() }
        var running = RunningDigest(.sha256)
        var rest = place
        while !rest.isEmpty {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest.count))
            guard file.read(at: rest.lowerBound, into: part) == part.count else {
                throw .changed
            }
            running.update(UnsafeRawBufferPointer(part))
            rest = rest.dropFirst(part.count)
        }
        return hex(running.finish())
    }

    private func skipPadding(
        after place: Range<Int>, _ name: String, _ end: Int?
    ) throws(BundleFault) -> Int {
        let next = place.upperBound + TarBlock.paddingCount(after: place.count)
        guard let padding = file.bytes(place.upperBound..<next) else {
            throw .truncated(found: size, expected: end)
        }
        guard padding.allSatisfy({ $0 == 0 }) else { throw .padding(after: name) }
        return next
    }

    private func expectEnd(at position: Int) throws(BundleFault) {
        let end = position + TarBlock.endBytes
        let block = file.bytes(position..<(position + TarBlock.bytes))
        if let block, !block.allSatisfy({ $0 == 0 }) {
            guard let found = TarBlock.Found(block) else { throw .strayBytes(size - position) }
            throw .strayMember(found.name)
        }
        guard let bytes = file.bytes(position..<end) else {
            throw .truncated(found: size, expected: end)
        }
        guard bytes.allSatisfy({ $0 == 0 }), size == end else { throw .strayBytes(size - end) }
    }
}
