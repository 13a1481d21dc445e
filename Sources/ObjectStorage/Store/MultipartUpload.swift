// SPDX-License-Identifier: Apache-2.0

/// How a long file is cut.
struct MultipartUpload: Sendable {
    /// From this length on a file is sent in parts.
    static let leastBytes = 64 << 20
    static let partsAtOnce = 4
    private static let usualPart = 16 << 20
    /// S3's own bound.
    private static let maximumParts = 10_000

    let length: Int
    let partBytes: Int

    init(length: Int) {
        self.length = length
        let megabyte = 1 << 20
        let least = (length + Self.maximumParts - 1) / Self.maximumParts
        partBytes = max(Self.usualPart, (least + megabyte - 1) / megabyte * megabyte)
    }

    var parts: Int { max(1, (length + partBytes - 1) / partBytes) }

    /// - Parameter number: from 1 on.
    func place(of number: Int) -> (offset: Int, count: Int) {
        let offset = (number - 1) * partBytes
        return (offset, min(partBytes, length - offset))
    }

    /// What ends an upload: the tags of its parts in their order.
    static func completion(_ tags: [String]) -> [UInt8]? {
        var text = "<CompleteMultipartUpload>"
        for (place, tag) in tags.enumerated() {
            guard let tag = xmlText(tag) else { return nil }
            text += "<Part><PartNumber>\(place + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        return Array((text + "</CompleteMultipartUpload>").utf8)
    }
}
