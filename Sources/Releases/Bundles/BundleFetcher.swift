// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import TUFClient

/// A bundle as one more mirror of its repository: it asks nobody, and knows nothing but what
/// lies in the file.
public struct BundleFetcher: Fetcher {
    /// Bases of its URLs; the scheme exists in this process alone.
    static let metadataURL = "bundle:metadata/"
    static let targetsURL = "bundle:targets/"
    private static let scheme = "bundle:"
    private static let chunkBytes = 256 << 10

    private let bundle: BundleFile

    public init(_ bundle: BundleFile) { self.bundle = bundle }

    public func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let (name, _) = try place(of: url, maximumBytes)
        do throws(BundleFault) {
            if let bytes = try bundle.bytes(of: name) { return bytes }
        } catch {
            throw FetchError(url: url, reason: .unreachable("\(bundle.path): \(error)"))
        }
        throw FetchError(url: url, reason: .notFound)
    }

    public func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let (_, place) = try place(of: url, maximumBytes)
        guard offset == 0 || (0..<place.count).contains(offset) else {
            throw FetchError(
                url: url, reason: .rangeRefused("\(place.count) bytes, asked from \(offset)"))
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: BundleFetcher.chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        var rest = place.dropFirst(offset)
        while !rest.isEmpty {
            if Task.isCancelled { throw FetchError(url: url, reason: .cancelled) }
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest.count))
            guard bundle.read(rest, into: part) else {
                throw FetchError(url: url, reason: .truncated)
            }
            guard sink.receive(UnsafeRawBufferPointer(part)) else {
                throw FetchError(url: url, reason: .sinkRefused)
            }
            rest = rest.dropFirst(part.count)
        }
    }

    private func place(
        of url: String, _ maximumBytes: Int
    ) throws(FetchError) -> (UTF8Text, Range<Int>) {
        guard let name = BundleFetcher.member(url), let place = bundle.place(of: name) else {
            throw FetchError(url: url, reason: .notFound)
        }
        guard place.count <= maximumBytes else {
            throw FetchError(url: url, reason: .tooLarge(maximumBytes: maximumBytes))
        }
        return (name, place)
    }

    /// The member that a URL means. Percent signs of a role are part of its file's name; those
    /// of a target's path are the URL's.
    private static func member(_ url: String) -> UTF8Text? {
        guard url.utf8.starts(with: scheme.utf8) else { return nil }
        let path = Array(url.utf8.dropFirst(scheme.utf8.count))
        if path.starts(with: "targets/".utf8) { return decoded(path[...]) }
        return UTF8Text(validating: path)
    }

    static func decoded(_ text: ArraySlice<UInt8>) -> UTF8Text? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return UTF8Text(validating: bytes)
    }
}
