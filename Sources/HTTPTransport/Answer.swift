// SPDX-License-Identifier: Apache-2.0
import TUFClient

/// What has come of one HTTP answer so far, and whether more of it is wanted.
struct Answer {
    /// Header bytes of one answer, interim answers and trailers included.
    static let maximumHeaderBytes = 65_536
    /// Body bytes of an error answer that are read, so that its connection can be used again.
    static let maximumDiscardedBytes = 65_536

    /// The status of the last complete header; 0 before.
    private(set) var status = 0
    /// Why the transfer was ended from our side.
    var refusal: FetchError.Reason?

    private let maximumBytes: Int
    private var announcedBytes: Int?
    private var headerBytes = 0
    private var bodyBytes = 0

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// - Parameter status: the status libcurl has read, of this header or the last one.
    mutating func receiveHeader(_ line: UnsafeRawBufferPointer, status: Int) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            refusal = .unreachable("header longer than \(Self.maximumHeaderBytes) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            announcedBytes = nil
        } else if let length = contentLength(line) {
            announcedBytes = length
        } else if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
            self.status = status
            if status == 200, let announcedBytes, announcedBytes > maximumBytes {
                refusal = .tooLarge(maximumBytes: maximumBytes)
                return false
            }
        }
        return true
    }

    /// - Returns: whether these bytes are wanted; the sink's, if the status is 200.
    mutating func receiveBody(_ count: Int) -> Bool {
        let limit = status == 200 ? maximumBytes : Self.maximumDiscardedBytes
        guard count <= limit - bodyBytes else {
            if status == 200 { refusal = .tooLarge(maximumBytes: maximumBytes) }
            return false
        }
        bodyBytes += count
        return true
    }
}

/// The value of a `Content-Length` line, `Int.max` if it is too long for an `Int`; `nil` for any
/// other line. libcurl gives the announced length only with the first body bytes, and a server
/// that announces too much need not send any.
private func contentLength(_ line: UnsafeRawBufferPointer) -> Int? {
    let name = "content-length:".utf8
    guard line.count > name.count, zip(line, name).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 })
    else { return nil }
    let value = line.dropFirst(name.count).drop { $0 == 0x20 || $0 == 0x09 }
    let digits = value.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    return digits.reduce(0) { sum, digit in
        let (product, overflow) = sum.multipliedReportingOverflow(by: 10)
        let (next, carry) = product.addingReportingOverflow(Int(digit) - 0x30)
        return overflow || carry ? Int.max : next
    }
}
