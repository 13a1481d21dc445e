// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import RepositoryServer
import SourceFiles
import YAMLSources

/// `carnet-helper`: the parts of `carnet` that need large libraries, in a program of its own, so
/// that getting and verifying a file does not load them. Only `carnet` calls it.
///
///     carnet-helper yaml                        source on standard input, nodes on standard output
///     carnet-helper serve DIRECTORY ADDRESS PORT
@main
enum Entry {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        let words = CommandLine.arguments.dropFirst()
        switch (words.first, words.count) {
        case ("yaml", 1): yaml()
        case ("serve", 4): await serve(Array(words.dropFirst()))
        default: fail("carnet-helper: it is called by carnet and does nothing by itself", 2)
        }
    }

    private static func yaml() {
        guard let bytes = input(maximumBytes: 1 << 20),
            let text = String(validating: bytes, as: UTF8.self)
        else { fail("carnet-helper: a source of at most 1 MiB of UTF-8 expected", 70) }
        let outcome = Result { () throws(SourceError) in try YAMLSource.read(text) }
        write(SourceNode.written(outcome), to: 1)
    }

    private static func serve(_ words: [String]) async {
        let (directory, address) = (words[0], words[1])
        guard let port = Int(words[2]) else { fail("carnet-helper: a port expected", 70) }
        allowManyConnections()
        let shown = address.contains(":") ? "[\(address)]" : address
        let server = RepositoryServer(directory: directory, address: address, port: port)
        do {
            try await server.run { port in
                write(Array("serving \(directory) at http://\(shown):\(port)/\n".utf8), to: 1)
            }
        } catch {
            fail("carnet: error: \(error)", 2)
        }
    }

    /// As many file descriptors as this user may have: shells give 1024 for the sake of old
    /// programs.
    private static func allowManyConnections() {
        var files = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &files) == 0 else { return }
        files.rlim_cur = files.rlim_max
        setrlimit(resource, &files)
    }

    private static func input(maximumBytes: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(0, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= maximumBytes else { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private static func fail(_ message: String, _ code: Int32) -> Never {
        write(Array("\(message)\n".utf8), to: 2)
        exit(code)
    }
}

private func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
