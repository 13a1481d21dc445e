// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import TestKit

/// A real nginx that serves a folder on 127.0.0.1; it ends with the last reference.
final class Nginx: Sendable {
    static let program = "/usr/sbin/nginx"
    let port: Int
    private let process: ServerProcess

    /// - Parameters:
    ///   - served: below the folder.
    ///   - folder: also for nginx's own files.
    init(serving served: String, in folder: TemporaryFolder) async throws {
        port = try LocalHTTP.freePorts(1)[0]
        let own = folder("nginx")
        try FileSystem.makeDirectory(own)
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(own)/\($0);" }.joined(separator: " ")
        // Tests may run as root, whose workers nginx would give to somebody who may not read.
        let user = geteuid() == 0 ? "user root; " : ""
        try folder.write(
            """
            \(user)daemon off; worker_processes 1; pid \(own)/pid; error_log \(own)/error;
            events { worker_connections 512; }
            http { access_log off; keepalive_requests 100000; \(temporary)
              server { listen 127.0.0.1:\(port); root \(folder(served)); } }

            """, to: "nginx/conf")
        process = try ServerProcess(
            [Nginx.program, "-c", "\(own)/conf"], log: "\(own)/log")
        for _ in 0..<500 {
            if LocalHTTP.ask(port, "/") != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw StorageError(path: "\(own)/log", reason: "nginx does not answer")
    }

    deinit { process.end(SIGTERM) }

    var url: String { "http://127.0.0.1:\(port)/" }
}
