// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// An open bundle that is whole: each byte of it is where its manifest says, and is the one that
/// its manifest says.
///
/// What it holds is worth no more than that. Memory goes with the number of members, not with
/// their length.
public final class BundleFile: Sendable {
    /// As it was given.
    public let path: String
    public let manifest: BundleManifest
    private let file: BundleBytes
    /// Where contents are.
    private let places: [UTF8Text: Range<Int>]

    /// Opens a bundle and reads it once from beginning to end.
    ///
    /// - Throws: ``BundleError``: `.storage`, `.damaged`.
    public init(
        _ path: String, limits: BundleManifest.Limits = BundleManifest.Limits()
    ) throws(BundleError) {
        self.path = path
        file = try BundleBytes(path)
        do throws(BundleFault) {
            (manifest, places) = try BundleReading(file).bundle(limits)
            try checkTimestamp()
        } catch {
            throw .damaged(bundle: path, error)
        }
    }

    /// Length of the whole file.
    public var size: Int { file.size }

    /// Where a member's content is; `nil` if there is none of this name.
    func place(of name: UTF8Text) -> Range<Int>? { places[name] }

    /// The content of a member; `nil` if there is none of this name.
    func bytes(of name: UTF8Text) throws(BundleFault) -> [UInt8]? {
        guard let place = places[name] else { return nil }
        guard let bytes = file.bytes(place) else { throw .changed }
        return bytes
    }

    /// Reads the part of a member's content that fits.
    ///
    /// - Returns: whether all of it was there, as it was when the bundle was opened.
    func read(_ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        file.read(at: range.lowerBound, into: buffer) == min(range.count, buffer.count)
    }

    /// The manifest's word about the timestamp, by which people name the state, must be right.
    private func checkTimestamp() throws(BundleFault) {
        let name = UTF8Text("metadata/\(RoleName.timestamp.fileName())")
        let limits = JSONLimits(maximumBytes: 16 << 20, maximumValues: 1 << 16)
        // What is no timestamp at all is refused with all the others, by its reader.
        guard let length = places[name]?.count, length <= limits.maximumBytes,
            let bytes = try bytes(of: name),
            let file = try? SignedFile(bytes, limits: limits),
            let timestamp = try? Timestamp(file.signed)
        else { return }
        guard timestamp.version == manifest.timestamp else {
            throw .timestampVersion(found: timestamp.version, expected: manifest.timestamp)
        }
    }
}
