// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A socket that takes requests like an ssh-agent and answers with whatever bytes it is told.
final class FakeAgent: Sendable {
    /// Gives the bytes to send for a request, and whether to close then or to say no more.
    typealias Answer = @Sendable (_ request: [UInt8]) -> (bytes: [UInt8], closes: Bool)

    let path: String
    private let server: Server
    private let thread: pthread_t

    private final class Server: Sendable {
        let socket: Int32
        let answer: Answer
        let open = Mutex<[Int32]>([])

        init(_ socket: Int32, _ answer: @escaping Answer) {
            self.socket = socket
            self.answer = answer
        }

        func run() {
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                serve(connection)
            }
        }

        private func serve(_ connection: Int32) {
            while let request = frame(connection) {
                let (bytes, closes) = answer(request)
                _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                if closes {
                    close(connection)
                    return
                }
                // One that was answered in full goes on; the others wait for ever.
                if bytes.isEmpty || bytes.count < 5 {
                    open.withLock { $0.append(connection) }
                    return
                }
            }
            close(connection)
        }

        private func frame(_ connection: Int32) -> [UInt8]? {
            guard let head = receive(connection, 4) else { return nil }
            return receive(connection, head.reduce(0) { $0 << 8 | Int($1) })
        }

        private func receive(_ connection: Int32, _ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            guard recv(connection, &bytes, count, Int32(MSG_WAITALL)) == count else {
                return nil
            }
            return bytes
        }
    }

    init(in folder: TestFolder, _ answer: @escaping Answer) {
        path = "\(folder.path)/fake"
        unlink(path)
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(status == 0 && listen(socket, 8) == 0, "no socket")
        server = Server(socket, answer)
        var thread = pthread_t()
        let server = Unmanaged.passRetained(server).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Server>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, server)
        self.thread = thread
    }

    deinit {
        shutdown(server.socket, Int32(SHUT_RDWR))
        pthread_join(thread, nil)
        close(server.socket)
        for connection in server.open.withLock({ $0 }) { close(connection) }
    }
}

/// A message with its length, as it goes over the socket.
func frame(_ message: [UInt8]) -> [UInt8] { string(message) }

/// A string of ssh.
func string(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }

func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

func number(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) }
}

/// An answer that lists one key.
func identities(_ blob: [UInt8]) -> [UInt8] {
    frame([12] + number(1) + string(blob) + string("c"))
}
