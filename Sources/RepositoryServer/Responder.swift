// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOHTTP1

/// Decides what answers a request; touches files, not connections.
struct Responder: Sendable {
    let files: RepositoryFiles

    /// The answer to a request.
    ///
    /// - Parameter isLast: the connection ends with this answer in any case.
    func answer(_ request: HTTPRequestHead, isLast: Bool) -> Response {
        let now = CoarseClock.now()
        let fields = RequestFields(request.headers)
        var context = Context(second: now.tv_sec, isHead: request.method == .HEAD)
        // The parser reads nothing after CONNECT or an offered upgrade.
        context.closes =
            isLast || !request.isKeepAlive || request.version != .http1_1
            || fields.offersUpgrade || request.method == .CONNECT
        context.hasBody = fields.hasBody
        guard request.method == .GET || context.isHead else {
            return refusal(.methodNotAllowed, context, extra: "Allow: GET, HEAD\r\n")
        }
        let hosts = request.version == .http1_1 ? 1...1 : 0...1
        guard !fields.hasBody, hosts.contains(fields.hosts) else {
            return refusal(.badRequest, context)
        }
        switch files.find(request.uri, now: now) {
        case .nothing(let status):
            return refusal(status, context)
        case .inMemory(let file) where fields.isPlain && !context.closes:
            let second = context.second
            return Response(
                head: context.isHead ? file.head(second: second) : file.whole(second: second))
        case .inMemory(let file):
            return answer(fields, file.representation, context) { .bytes(file.body($0)) }
        case .onDisk(let file, let representation):
            return answer(fields, representation, context) { .file(file, $0) }
        }
    }

    /// The answer to bytes that are no request; the connection ends with it.
    func answer(malformed status: ResponseHead.Status) -> Response {
        refusal(status, Context(second: CoarseClock.now().tv_sec, isHead: false, closes: true))
    }

    /// What all answers to one request have in common.
    private struct Context {
        let second: Int
        let isHead: Bool
        var closes = false
        var hasBody = false
    }

    private func answer(
        _ fields: RequestFields, _ file: Representation, _ context: Context,
        body: (Range<Int>) -> Response.Body
    ) -> Response {
        var head = ResponseHead(status: .ok, lines: [file.validators], closes: context.closes)
        var range = 0..<file.length
        switch Selection(fields, isHead: context.isHead, file) {
        case .whole:
            head.lines.append(file.description)
        case .notModified:
            return response(
                ResponseHead(status: .notModified, lines: head.lines, closes: head.closes),
                .empty, context)
        case .part(let part):
            range = part
            head = ResponseHead(
                status: .partialContent, lines: head.lines + [file.description],
                closes: head.closes)
            let bytes = "\(part.lowerBound)-\(part.upperBound - 1)/\(file.length)"
            head.lines.append(Array("Content-Range: bytes \(bytes)\r\n".utf8))
        case .unsatisfiable:
            return refusal(
                .rangeNotSatisfiable, context, extra: "Content-Range: bytes */\(file.length)\r\n")
        }
        head.length = range.count
        return response(head, context.isHead || range.isEmpty ? .empty : body(range), context)
    }

    private func refusal(
        _ status: ResponseHead.Status, _ context: Context, extra: String = ""
    ) -> Response {
        let text = ByteBuffer(string: status.rawValue + "\n")
        let lines = """
            Cache-Control: no-cache\r
            Content-Type: text/plain\r
            X-Content-Type-Options: nosniff\r

            """
        let head = ResponseHead(
            status: status, lines: [Array((lines + extra).utf8)], length: text.readableBytes,
            closes: context.closes || context.hasBody)
        return response(head, context.isHead ? .empty : .bytes(text), context)
    }

    private func response(
        _ head: ResponseHead, _ body: Response.Body, _ context: Context
    ) -> Response {
        var bytes = ByteBuffer()
        head.write(second: context.second, to: &bytes)
        let ending: Response.Ending = context.hasBody ? .drain : head.closes ? .close : .none
        return Response(head: bytes, body: body, ending: ending)
    }
}
