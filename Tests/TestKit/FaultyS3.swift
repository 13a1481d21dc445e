// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A bucket in memory behind an S3 that fails as a test says, on top of a ``HostileServer``.
///
/// It knows PUT, GET, HEAD and DELETE of keys, uploads in parts and HEAD of the bucket, with
/// `If-None-Match: *` and `If-Match`; signatures are not looked at. A fault is what happens to the next requests of
/// a method instead of, before or after that.
package final class FaultyS3: Sendable {
    package enum Fault: Sendable {
        /// An answer of this kind, and nothing is done.
        case refuse(status: Int, code: String, message: String = "no", headers: [String] = [])
        /// The request is done, and the connection ends without an answer.
        case loseAnswer
        /// The request is done, and the answer says 500.
        case failAfterwards
        /// The connection ends in the middle of the body that is received.
        case breakUpload
        /// A body that never ends.
        case endless(String)
        /// These bytes with status 200.
        case say(String)
        /// The answer breaks off after so many bytes of its body.
        case truncate(Int)
    }

    /// What the store makes of conditions.
    package enum Conditions: Sendable {
        case honoured, ignored
        /// Only that a file must not be there.
        case onlyAbsence
        /// Looked at first, and written later: of two at once, both go through.
        case racy
        /// Refused with 501.
        case unknown
    }

    package struct Stored: Sendable {
        package var bytes: [UInt8]
        package var tag: String
        package var fields: [String]
    }

    private struct Upload {
        let fields: [String]
        var parts: [Int: [UInt8]] = [:]
    }

    private struct State {
        var uploads: [String: Upload] = [:]
        var files: [String: Stored] = [:]
        var faults: [(method: String, fault: Fault)] = []
        var writes = 0
    }

    private let state = Mutex(State())
    private let conditions: Conditions
    private let hasBucket: Bool

    package init(_ conditions: Conditions = .honoured, hasBucket: Bool = true) {
        self.conditions = conditions
        self.hasBucket = hasBucket
    }

    /// Files by their path, such as `/bucket/key`.
    package var files: [String: Stored] { state.withLock { $0.files } }

    /// How often a file was written.
    package var writes: Int { state.withLock { $0.writes } }

    /// How many uploads in parts have begun and neither ended nor been given up.
    package var openUploads: Int { state.withLock { $0.uploads.count } }

    /// Lets the next requests of a method go wrong, one fault each.
    ///
    /// - Parameter method: also with a part of the target: `POST uploadId`.
    package func fail(_ method: String, _ faults: Fault...) {
        state.withLock { state in state.faults += faults.map { (method, $0) } }
    }

    package func store(_ path: String, _ bytes: [UInt8]) {
        state.withLock { $0.files[path] = Stored(bytes: bytes, tag: "\"x\"", fields: []) }
    }

    package var script: HostileServer.Script {
        HostileServer.Script { [self] exchange in answer(exchange) }
    }

    private func answer(_ exchange: HostileExchange) -> Bool {
        let line = "\(exchange.request.method) \(exchange.target)"
        let fault = state.withLock { state -> Fault? in
            let place = state.faults.firstIndex { fault in
                fault.method.split(separator: " ").allSatisfy { line.contains($0) }
            }
            guard let place else { return nil }
            return state.faults.remove(at: place).fault
        }
        if case .breakUpload = fault {
            _ = exchange.receive(exchange.announcedLength / 2)
            return exchange.reset()
        }
        let body = exchange.receiveBody()
        switch fault {
        case .refuse(let status, let code, let message, let headers):
            return refuse(exchange, status, code, message, headers)
        case .endless(let piece):
            exchange.send("HTTP/1.1 200 OK\r\n\r\n")
            return exchange.endlessly(Array(piece.utf8))
        case .say(let text): return exchange.answer(body: text)
        case .loseAnswer:
            _ = handle(exchange, body)
            return false
        case .failAfterwards:
            _ = handle(exchange, body)
            return refuse(exchange, 500, "InternalError")
        case .truncate(let count):
            let stored = files[path(exchange)]
            return exchange.truncated(
                stored?.bytes ?? [], at: count, headers: ["ETag: \(stored?.tag ?? "")"])
        case .breakUpload, nil: return handle(exchange, body)()
        }
    }

    private func path(_ exchange: HostileExchange) -> String {
        String(exchange.target.prefix { $0 != "?" })
    }

    /// Does what the request says.
    ///
    /// - Returns: gives the answer.
    private func handle(_ exchange: HostileExchange, _ body: [UInt8]) -> () -> Bool {
        let path = path(exchange)
        guard hasBucket else { return { self.refuse(exchange, 404, "NoSuchBucket") } }
        let query = query(exchange)
        switch exchange.request.method {
        case "POST": return post(exchange, path, query, body)
        case "PUT" where query["uploadId"] != nil: return putPart(exchange, query, body)
        case "DELETE" where query["uploadId"] != nil:
            state.withLock { $0.uploads[query["uploadId"] ?? ""] = nil }
            return { exchange.answer("204 No Content") }
        case "PUT": return put(exchange, path, body)
        case "DELETE":
            state.withLock { $0.files[path] = nil }
            return { exchange.answer("204 No Content") }
        default:
            // The bucket itself.
            if path.split(separator: "/").count == 1 { return { exchange.answer() } }
            guard let stored = files[path] else {
                return { self.refuse(exchange, 404, "NoSuchKey") }
            }
            return get(exchange, stored)
        }
    }

    private func put(
        _ exchange: HostileExchange, _ path: String, _ body: [UInt8],
        fields ownFields: [String]? = nil
    ) -> () -> Bool {
        let absent = exchange.request.value(of: "If-None-Match")
        let match = exchange.request.value(of: "If-Match")
        if case .unknown = conditions, absent ?? match != nil {
            return { self.refuse(exchange, 501, "NotImplemented") }
        }
        func isKept(_ stored: Stored?) -> Bool {
            switch conditions {
            case .ignored, .unknown: return false
            case .onlyAbsence: return absent != nil && stored != nil
            case .honoured, .racy:
                return absent != nil && stored != nil || match != nil && stored?.tag != match
            }
        }
        if case .racy = conditions {
            let stored = files[path]
            // So long that whoever comes meanwhile sees the same.
            exchange.waitForHangup(100)
            if isKept(stored) { return { self.refuse(exchange, 412, "PreconditionFailed") } }
        }
        let fields = ownFields ?? self.fields(exchange)
        let tag = state.withLock { state -> String? in
            if case .racy = conditions {} else if isKept(state.files[path]) { return nil }
            state.writes += 1
            let stored = Stored(bytes: body, tag: "\"tag\(state.writes)\"", fields: fields)
            state.files[path] = stored
            return stored.tag
        }
        guard let tag else { return { self.refuse(exchange, 412, "PreconditionFailed") } }
        return { exchange.answer(headers: ["ETag: \(tag)"]) }
    }

    private func fields(_ exchange: HostileExchange) -> [String] {
        exchange.request.lines.filter { $0.lowercased().hasPrefix("x-amz-meta-") }
    }

    private func query(_ exchange: HostileExchange) -> [String: String] {
        var query: [String: String] = [:]
        for pair in exchange.target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let words = pair.split(separator: "=").map(String.init)
            query[words[0]] = words.count > 1 ? words[1] : ""
        }
        return query
    }

    /// The begin or the end of an upload in parts.
    private func post(
        _ exchange: HostileExchange, _ path: String, _ query: [String: String], _ body: [UInt8]
    ) -> () -> Bool {
        guard let id = query["uploadId"] else {
            let id = state.withLock { state in
                let id = "upload\(state.writes)\(state.uploads.count)"
                state.uploads[id] = Upload(fields: fields(exchange))
                return id
            }
            let xml = "<R><UploadId>\(id)</UploadId></R>"
            return { exchange.answer(body: xml) }
        }
        guard let upload = state.withLock({ $0.uploads[id] }) else {
            return { self.refuse(exchange, 404, "NoSuchUpload") }
        }
        let bytes = upload.parts.keys.sorted().flatMap { upload.parts[$0] ?? [] }
        let writes = writes
        let answer = put(exchange, path, bytes, fields: upload.fields)
        if self.writes > writes { state.withLock { $0.uploads[id] = nil } }
        return answer
    }

    private func putPart(
        _ exchange: HostileExchange, _ query: [String: String], _ body: [UInt8]
    ) -> () -> Bool {
        let number = Int(query["partNumber"] ?? "") ?? 0
        state.withLock { $0.uploads[query["uploadId"] ?? ""]?.parts[number] = body }
        return { exchange.answer(headers: ["ETag: \"part\(number)\""]) }
    }

    private func get(_ exchange: HostileExchange, _ stored: Stored) -> () -> Bool {
        let fields = stored.fields + ["ETag: \(stored.tag)"]
        if exchange.request.method == "HEAD" {
            let lines = ["HTTP/1.1 200 OK", "Content-Length: \(stored.bytes.count)"] + fields
            return { exchange.send(lines.joined(separator: "\r\n") + "\r\n\r\n") }
        }
        if let match = exchange.request.value(of: "If-Match"), match != stored.tag {
            return { self.refuse(exchange, 412, "PreconditionFailed") }
        }
        guard let start = exchange.request.rangeStart else {
            return { exchange.answer(headers: fields, body: stored.bytes) }
        }
        let range = "Content-Range: bytes \(start)-\(stored.bytes.count - 1)/\(stored.bytes.count)"
        return {
            exchange.answer(
                "206 Partial Content", headers: fields + [range],
                body: Array(stored.bytes.dropFirst(start)))
        }
    }

    private func refuse(
        _ exchange: HostileExchange, _ status: Int, _ code: String, _ message: String = "no",
        _ headers: [String] = []
    ) -> Bool {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>\(code)</Code><Message>\(message)</Message></Error>
            """
        if exchange.request.method == "HEAD" {
            let lines = ["HTTP/1.1 \(status) No", "Content-Length: \(xml.utf8.count)"] + headers
            return exchange.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        }
        return exchange.answer("\(status) No", headers: headers, body: xml)
    }
}
