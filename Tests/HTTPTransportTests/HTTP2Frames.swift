// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A server on 127.0.0.1 that speaks just enough HTTP/2 over TLS to end streams in the middle of
/// a file (RFC 9113 §6.4), as no server that can be installed does on demand.
final class HTTP2Frames: Sendable {
    let folder: TestFolder
    let port: Int
    private let process: Command

    var caFile: String { folder.path + "/certificate.pem" }

    /// - Parameters:
    ///   - length: of the one file, whose bytes are those of ``file(_:)``.
    ///   - resets: for each request in turn, after how many bytes of the file its stream is reset,
    ///     and with which code; -1 bytes is before the header, and whoever comes after the last
    ///     gets the whole file.
    init(length: Int, resets: [(bytes: Int, code: Int)]) throws {
        folder = try TestFolder()
        try folder.makeCertificate()
        let plan = resets.map { "\($0.bytes):\($0.code)" }.joined(separator: ",")
        process = try Command([
            "python3", "-c", Self.script, folder.path + "/certificate.pem",
            folder.path + "/key.pem",
            "\(length)", plan,
        ])
        let line = process.line { Int($0) != nil }
        guard let port = line.flatMap({ Int($0) }) else { throw SystemError(code: ECONNREFUSED) }
        self.port = port
    }

    var url: String { "https://127.0.0.1:\(port)/file" }

    static func file(_ length: Int) -> [UInt8] {
        (0..<length).map { UInt8(truncatingIfNeeded: $0 % 251) }
    }

    /// Ends the server.
    ///
    /// - Returns: the stream of each request, in order.
    func end() -> [Int] { process.end().compactMap { Int($0) } }

    // One thread a connection; a request is answered as soon as its header is there, unread: all
    // requests are for the one file, and asking for a part of it is in vain, which is allowed.
    private static let script = """
        import itertools, socket, ssl, struct, sys, threading

        certificate, key, length, plan = sys.argv[1:]
        body = bytes(place % 251 for place in range(int(length)))
        resets = [tuple(map(int, entry.split(":"))) for entry in plan.split(",") if entry]
        numbers = itertools.count()

        def frame(kind, flags, stream, payload=b""):
            return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
                    + struct.pack(">I", stream) + payload)

        def read(connection, count):
            data = b""
            while len(data) < count:
                more = connection.recv(count - len(data))
                if not more:
                    raise EOFError
                data += more
            return data

        def answer(connection, stream):
            print(stream, flush=True)
            number = next(numbers)
            end, code = resets[number] if number < len(resets) else (len(body), None)
            if end >= 0:
                # :status 200, and content-length as a literal.
                digits = str(len(body)).encode()
                header = b"\\x88\\x0f\\x0d" + bytes([len(digits)]) + digits
                connection.sendall(frame(1, 4, stream, header))
            for start in range(0, max(end, 0), 16384):
                part = body[start:min(start + 16384, end)]
                last = code is None and start + 16384 >= end
                connection.sendall(frame(0, int(last), stream, part))
            if code is not None:
                connection.sendall(frame(3, 0, stream, struct.pack(">I", code)))

        def serve(plain):
            try:
                connection = context.wrap_socket(plain, server_side=True)
                read(connection, 24)
                connection.sendall(frame(4, 0, 0))
                while True:
                    head = read(connection, 9)
                    payload = read(connection, int.from_bytes(head[:3], "big"))
                    kind, flags = head[3], head[4]
                    if kind == 4 and not flags & 1:
                        connection.sendall(frame(4, 1, 0))
                    elif kind == 6 and not flags & 1:
                        connection.sendall(frame(6, 1, 0, payload))
                    elif kind == 1:
                        answer(connection, int.from_bytes(head[5:9], "big"))
            except (EOFError, OSError):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["h2"])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=serve, args=(plain,), daemon=True).start()
        """
}
