// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One connection to a server on this machine, byte by byte: what an attacker would use.
final class Client {
    struct Answer {
        var status = 0
        /// By name in lower case.
        var fields: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Parameter receiveBytes: room for answers that are not read yet; `nil` for the usual.
    init(port: Int, receiveBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var room = receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, 4)
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Problem.system("connect", errno) }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw Problem.system("send", errno) }
            bytes = bytes.dropFirst(sent)
        }
    }

    /// Sends the text again and again, until the server takes no more for a while.
    ///
    /// - Returns: how often, at most `maximum` times.
    func flood(_ text: String, maximum: Int) -> Int {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        for round in 0..<maximum {
            guard (try? send(text)) != nil else { return round }
        }
        return maximum
    }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends one request, without reading the answer.
    func request(_ method: String, _ target: String, _ fields: [String] = []) throws {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        try send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    func get(_ target: String, _ fields: [String] = []) throws -> Answer {
        try request("GET", target, fields)
        return try answer()
    }

    /// Reads the next answer.
    func answer(hasBody: Bool = true) throws -> Answer {
        var answer = Answer()
        for (number, line) in try head().enumerated() {
            if number == 0 {
                let words = line.split(separator: " ")
                guard words.count > 1, words[0].utf8.elementsEqual("HTTP/1.1".utf8),
                    let status = Int(words[1])
                else { throw Problem.malformedAnswer }
                answer.status = status
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                answer.fields[line[..<colon].lowercased()] = String(value)
            }
        }
        guard hasBody, answer.status != 304 else { return answer }
        guard let length = answer.fields["content-length"].flatMap({ Int($0) }) else {
            throw Problem.malformedAnswer
        }
        while buffer.count < length { try receive() }
        answer.body = Array(buffer.prefix(length))
        buffer.removeFirst(length)
        return answer
    }

    /// Reads until `count` bytes are here that no answer has taken; they stay.
    func wait(forBytes count: Int) throws {
        while buffer.count < count { try receive() }
    }

    /// Reads to the end of the connection.
    ///
    /// - Returns: number of bytes that no answer has taken.
    func waitForEnd() throws -> Int {
        do {
            while true { try receive() }
        } catch Problem.connectionEnded(let received) {
            return received
        }
    }

    /// Whether anything has come, or comes within this time.
    func hasInput(withinMilliseconds time: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return !buffer.isEmpty || poll(&wanted, 1, time) > 0
    }

    private func head() throws -> [String] {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let at = (searched..<max(searched, buffer.count - 3)).first(where: {
                buffer[$0..<$0 + 4].elementsEqual(end)
            }) {
                let text = String(decoding: buffer[..<at], as: UTF8.self)
                buffer.removeFirst(at + 4)
                return text.split(separator: "\r\n").map(String.init)
            }
            searched = max(0, buffer.count - 3)
            try receive()
        }
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let got = recv(descriptor, &chunk, chunk.count, 0)
        guard got > 0 else {
            if got < 0, errno == EAGAIN { throw Problem.system("recv", EAGAIN) }
            throw Problem.connectionEnded(received: buffer.count)
        }
        buffer += chunk[..<got]
    }
}
