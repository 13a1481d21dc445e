// SPDX-License-Identifier: Apache-2.0
import TUFClient

/// What has come of the answer to an exchange so far, and whether more of it is wanted.
struct ExchangeAnswer {
    private enum Wanted {
        /// The body of a 2xx answer, in memory.
        case body
        /// A file, or the rest of one, for a sink; which `file` judges as it does for downloads.
        case file(FileProgress)
    }

    /// Why the exchange was ended from our side.
    var refusal: FetchError.Reason? {
        get { ownRefusal ?? file.refusal }
        set { ownRefusal = newValue }
    }

    private let isHead: Bool
    private let maximumBytes: Int
    private let limits: TransportLimits
    private var wanted: Wanted
    private var file: Answer
    private var ownRefusal: FetchError.Reason?
    private var header: [UInt8] = []
    private var isInHeader = false
    private var body: [UInt8] = []

    /// - Parameter offset: `nil` for a body in memory; else the first byte of the file that the
    ///   sink wants.
    init(
        method: HTTPRequest.Method, maximumBytes: Int, from offset: Int?, limits: TransportLimits
    ) {
        isHead = method == .head
        self.maximumBytes = max(0, maximumBytes)
        self.limits = limits
        wanted = offset.map { .file(FileProgress(start: $0)) } ?? .body
        file = Answer(maximumBytes: self.maximumBytes, limits: limits)
    }

    var rangeHeaders: [String] {
        if case .file(let progress) = wanted { progress.rangeHeaders } else { [] }
    }

    private var status: Int { file.status }

    private var isSuccess: Bool { (200...299).contains(status) }

    /// Whether the header of an answer has come that a file or a body belongs to.
    var isAnswered: Bool {
        if case .file = wanted { return file.isWanted }
        return isSuccess
    }

    var isAnsweredOtherwise: Bool { status >= 200 && (!isAnswered || isHead) }

    /// - Parameter status: the status libcurl has read, of this header or the last one.
    mutating func receiveHeader(_ line: UnsafeRawBufferPointer, status: Int) -> Bool {
        if line.starts(with: "HTTP/".utf8) {
            // Interim answers come before the one that counts.
            header = []
            isInHeader = true
        } else if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
            isInHeader = false
        } else if isInHeader {
            header += line
        }
        switch wanted {
        case .file(let progress):
            return file.receiveHeader(line, status: status, for: progress)
        case .body:
            // From 0 on no range was asked for, and the length is judged here.
            guard file.receiveHeader(line, status: status, for: FileProgress(start: 0)) else {
                if case .tooLarge = file.refusal, isHead {
                    file.refusal = nil
                    return true
                }
                return false
            }
            if !isInHeader, isSuccess, !isHead, let length = file.fields.length,
                length > maximumBytes
            {
                ownRefusal = .tooLarge(maximumBytes: maximumBytes)
            }
            return ownRefusal == nil
        }
    }

    /// - Returns: how many of these bytes are not for a sink; `nil` to end the exchange.
    mutating func receiveBody(_ chunk: UnsafeRawBufferPointer) -> Int? {
        guard isAnswered else {
            // Enough to tell what is wrong; the connection is worth no more than that.
            body.append(contentsOf: chunk.prefix(limits.errorBodyLimit - body.count))
            return body.count < limits.errorBodyLimit ? chunk.count : nil
        }
        guard case .file(var progress) = wanted else {
            guard chunk.count <= maximumBytes - body.count else {
                ownRefusal = .tooLarge(maximumBytes: maximumBytes)
                return nil
            }
            if body.isEmpty { body.reserveCapacity(file.fields.length ?? chunk.count) }
            body.append(contentsOf: chunk)
            return chunk.count
        }
        guard let skipped = file.receiveBody(chunk.count, for: progress) else { return nil }
        progress.advance(by: chunk.count - skipped)
        wanted = .file(progress)
        return skipped
    }

    /// What is wrong with an answer that libcurl holds to be complete.
    var failureOfWhole: FetchError.Reason? {
        guard status > 0 else { return .unreachable("no complete header") }
        if case .file(let progress) = wanted { return file.failure(of: progress) }
        return nil
    }

    func response(_ retryAfterSeconds: Int) -> HTTPResponse {
        HTTPResponse(
            status: status, header: header, body: body, retryAfterSeconds: retryAfterSeconds)
    }
}
