// SPDX-License-Identifier: Apache-2.0
package import TUFClient

/// What has come of one HTTP answer so far, and whether more of it is wanted.
package struct Answer {
    /// What the body is.
    private enum Body: Equatable {
        /// Nothing that the receiver wants.
        case unwanted
        /// The whole file.
        case whole
        /// A part of the file up to this position, not included.
        case part(end: Int)
    }

    /// The status of the last complete header; 0 before.
    package private(set) var status = 0
    /// The length of the whole file, as far as the answer tells.
    package private(set) var total: Int?
    package private(set) var fields = AnswerFields()
    /// Why the transfer was ended from our side.
    package var refusal: FetchError.Reason?

    private let maximumBytes: Int
    private let limits: TransportLimits
    private var body = Body.unwanted
    /// Whether a header has begun and not ended: trailers come as lines like those of a header.
    private var isInHeader = false
    private var headerBytes = 0
    /// Where in the file the next body byte belongs; for an unwanted body, its length so far.
    private var filePosition = 0

    package init(maximumBytes: Int, limits: TransportLimits) {
        self.maximumBytes = maximumBytes
        self.limits = limits
    }

    /// Whether the body is for the receiver.
    package var isWanted: Bool { body != .unwanted }

    /// - Parameter status: the status libcurl has read, of this header or the last one.
    package mutating func receiveHeader(
        _ line: UnsafeRawBufferPointer, status: Int, for progress: FileProgress
    ) -> Bool {
        headerBytes += line.count
        guard headerBytes <= limits.headerLimit else {
            refusal = .unreachable("header longer than \(limits.headerLimit) bytes")
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // Interim answers come before the one that counts.
            fields = AnswerFields()
            isInHeader = true
        } else if isInHeader, line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
            isInHeader = false
            self.status = status
            refusal = judge(progress)
        } else if isInHeader {
            fields.receive(line)
        }
        return refusal == nil
    }

    /// At the end of a header: what the body will be, or why it is not wanted at all.
    private mutating func judge(_ progress: FileProgress) -> FetchError.Reason? {
        if let encoding = fields.encoding {
            return .unreachable("transfer encoding \(quoted(encoding)), expected none or chunked")
        }
        switch status {
        case 200:
            total = fields.length
        case 206 where progress.position > 0:
            if let refusal = judgeRange(progress) { return refusal }
        default: return nil
        }
        if let total, total > maximumBytes { return .tooLarge(maximumBytes: maximumBytes) }
        if progress.isContradicted(by: fields, total: total) {
            return .rangeRefused("the file has changed meanwhile")
        }
        if status == 200 { body = .whole }
        return nil
    }

    /// A part must begin where we asked it to and go on to the end of the file.
    private mutating func judgeRange(_ progress: FileProgress) -> FetchError.Reason? {
        let asked = "expected from \(progress.position)"
        if fields.isMultipart { return .rangeRefused("several parts, \(asked)") }
        guard case .part(let first, let last, let total) = fields.range else {
            return .rangeRefused("no one part named, \(asked)")
        }
        guard first == progress.position, total == nil || last + 1 == total,
            fields.length == nil || fields.length == last - first + 1
        else { return .rangeRefused("part \(first) to \(last) of \(words(total)), \(asked)") }
        guard last < maximumBytes else { return .tooLarge(maximumBytes: maximumBytes) }
        self.total = total
        filePosition = first
        body = .part(end: last + 1)
        return nil
    }

    private func words(_ total: Int?) -> String { total.map(String.init) ?? "unknown length" }

    /// - Returns: how many of the next body bytes are not for the receiver; `nil` to end the
    ///   transfer.
    package mutating func receiveBody(_ count: Int, for progress: FileProgress) -> Int? {
        let start = filePosition
        let limit: Int
        switch body {
        case .unwanted: limit = limits.errorBodyLimit
        case .whole: limit = maximumBytes
        case .part(let end): limit = end
        }
        guard count <= limit - start else {
            switch body {
            case .unwanted: break
            case .whole: refusal = .tooLarge(maximumBytes: maximumBytes)
            case .part(let end): refusal = .rangeRefused("a part longer than its end, \(end)")
            }
            return nil
        }
        filePosition += count
        return isWanted ? min(count, max(0, progress.position - start)) : count
    }

    /// What is wrong with an answer that libcurl holds to be complete; `nil` if the receiver has
    /// the file up to its end.
    package func failure(of progress: FileProgress) -> FetchError.Reason? {
        switch body {
        case .part(let end): return filePosition == end ? nil : .truncated
        case .whole:
            // What the receiver has already is longer than this, or it wanted what comes after.
            guard filePosition == progress.position, progress.hasBegun || progress.start == 0
            else { return .rangeRefused("\(filePosition) bytes, asked from \(progress.start)") }
            return nil
        case .unwanted:
            break
        }
        guard status == 416, progress.position > 0 else {
            return status == 0 ? .unreachable("no complete header") : .status(status)
        }
        guard case .lacking(let total) = fields.range else { return .rangeRefused("status 416") }
        // What broke off was nothing but the sign of its end.
        if progress.hasBegun, total == progress.position { return nil }
        return .rangeRefused("\(total) bytes, asked from \(progress.position)")
    }
}
