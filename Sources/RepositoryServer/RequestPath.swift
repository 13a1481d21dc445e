// SPDX-License-Identifier: Apache-2.0

/// The files a request's path may name, below the repository's directory.
///
/// Only `metadata/…` and `targets/…` are served. The file whose name is written exactly as in
/// the URL comes first: TUF stores role names percent-encoded, so `/metadata/1.a%2Fb.json` is
/// the file `1.a%2Fb.json`. The name decoded, once, comes second: `/targets/a%20b` is `a b`.
package struct RequestPath: Sendable {
    /// Why a path names no file.
    package enum Refusal: Error, Equatable, Sendable {
        /// Not a path: a character no URL holds, a broken escape, an empty segment, `.`, `..`
        /// or a backslash.
        case malformed
        /// A path of something that is not served.
        case notServed
    }

    /// The segments as in the URL.
    package let literal: [ArraySlice<UInt8>]
    /// The segments decoded; `nil` if that changes nothing, or gives no safe file name.
    package let decoded: [ArraySlice<UInt8>]?

    /// - Parameter target: the request target up to its `?`, in origin or absolute form.
    package init(_ target: some Sequence<UInt8>) throws(Refusal) {
        let path = try Self.path(of: Array(target))
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // What ends with a slash is a folder.
        guard segments.last?.isEmpty == false else { throw .notServed }
        for segment in segments where !Self.isPlainName(segment) { throw .malformed }
        guard segments.count > 1, Self.served.contains(where: segments[0].elementsEqual),
            segments.allSatisfy({ $0.first != UInt8(ascii: ".") })
        else { throw .notServed }
        literal = segments
        decoded = try Self.decode(segments)
    }

    private static let served = [Array("metadata".utf8), Array("targets".utf8)]

    /// The path without its leading slash.
    private static func path(of target: [UInt8]) throws(Refusal) -> ArraySlice<UInt8> {
        guard target.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw .malformed
        }
        if target.first == UInt8(ascii: "/") { return target.dropFirst() }
        // RFC 9112 §3.2.2: a server takes the absolute form too.
        for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
            let rest = target.dropFirst(scheme.utf8.count)
            return rest.drop(while: { $0 != UInt8(ascii: "/") }).dropFirst()
        }
        throw .malformed
    }

    /// Whether the segment can be a file's name without meaning another place.
    private static func isPlainName(_ name: ArraySlice<UInt8>) -> Bool {
        guard !name.isEmpty, !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else {
            return false
        }
        return name.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }

    private static func decode(
        _ segments: [ArraySlice<UInt8>]
    ) throws(Refusal) -> [ArraySlice<UInt8>]? {
        guard segments.contains(where: { $0.contains(UInt8(ascii: "%")) }) else { return nil }
        var result: [ArraySlice<UInt8>] = []
        var isSafe = true
        for segment in segments {
            let name = try decode(segment)
            isSafe = isSafe && isPlainName(name) && name.first != UInt8(ascii: ".")
            result.append(name)
        }
        return isSafe ? result : nil
    }

    private static func decode(_ segment: ArraySlice<UInt8>) throws(Refusal) -> ArraySlice<UInt8> {
        var out: [UInt8] = []
        var rest = segment
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit),
                let low = rest.popFirst().flatMap(hexDigit)
            else { throw .malformed }
            out.append(high << 4 | low)
        }
        return out[...]
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
