// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// Serves the metadata and targets of one repository over HTTP, for a start and for tests.
///
/// Only files below `metadata/` and `targets/` are served, never through a symbolic link; keys,
/// layouts and dotfiles of the same directory are not. A client needs no TLS to be safe: TUF
/// verifies what it gets.
public struct RepositoryServer: Sendable {
    private let directory: String
    private let address: String
    private let port: Int
    private let limits: ServerLimits

    /// - Parameters:
    ///   - directory: the repository, with a folder `metadata` in it.
    ///   - address: IP address or name of the interface to listen on.
    ///   - port: 0 for a free one.
    public init(directory: String, address: String = "127.0.0.1", port: Int) {
        self.init(directory: directory, address: address, port: port, limits: ServerLimits())
    }

    package init(
        directory: String, address: String = "127.0.0.1", port: Int, limits: ServerLimits
    ) {
        self.directory = directory
        self.address = address
        self.port = port
        self.limits = limits
    }

    /// Serves until the task is cancelled or the process gets SIGTERM or SIGINT; a signal lets
    /// requests in progress end first.
    ///
    /// - Parameter onReady: called once, with the port, when the server takes connections;
    ///   cancelled if it still runs when the server stops.
    /// - Throws: ``ServerError``.
    public func run(onReady: @escaping @Sendable (Int) async -> Void) async throws(ServerError) {
        try check()
        let acceptor = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await listen(on: acceptor, onReady))
        } catch {
            outcome = .failure(error)
        }
        try? await acceptor.shutdownGracefully()
        if case .failure(let error) = outcome, !Task.isCancelled { throw startError(error) }
    }

    private func listen(
        on acceptor: any EventLoopGroup, _ onReady: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let open = OpenConnections()
        let listener = Listener(
            files: RepositoryFiles(directory: directory, limits: limits), limits: limits,
            connections: open)
        let socket = try await listener.bind(address, port, on: acceptor, maximum: connections)
        let signals = StopSignals { [limits] in
            open.stop()
            socket.close(promise: nil)
            socket.eventLoop.scheduleTask(in: limits.shutdownTime) { open.close() }
        }
        let isLost = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { tasks in
                let port = socket.localAddress?.port ?? port
                tasks.addTask { await onReady(port) }
                try? await socket.closeFuture.get()
                let isLost = !open.isStopping
                if isLost { open.close() }
                try? await open.emptied(on: socket.eventLoop).get()
                tasks.cancelAll()
                return isLost
            }
        } onCancel: {
            open.close()
            socket.close(promise: nil)
        }
        withExtendedLifetime(signals) {}
        if isLost { throw ServerError.listenerFailed(errno: 0) }
    }

    private func check() throws(ServerError) {
        guard (0...65535).contains(port) else { throw .portOutOfRange(port) }
        var status = stat()
        guard stat(directory, &status) == 0, Self.isDirectory(status) else {
            throw .directoryMissing(directory)
        }
        // A link here would be as good as nothing: files are not looked for behind links.
        guard lstat(directory + "/metadata", &status) == 0, Self.isDirectory(status) else {
            throw .metadataMissing(in: directory)
        }
    }

    /// As many connections as there are file descriptors for: a quarter is kept for the files
    /// that are too large for memory. Without one a request is answered with 503.
    private var connections: Int {
        var files = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else {
            return limits.connections
        }
        let free = (Int(clamping: files.rlim_cur) - 64) / 4 * 3
        return max(1, min(limits.connections, free))
    }

    private func startError(_ error: any Error) -> ServerError {
        switch error {
        case let error as ServerError: error
        case let error as IOError:
            switch error.errnoCode {
            case EADDRINUSE: .portInUse(port)
            case EACCES: .portNotPermitted(port)
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressUnavailable(address)
            case let number: .listenerFailed(errno: number)
            }
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            .addressUnavailable(address)
        default:
            .listenerFailed(errno: 0)
        }
    }

    private static func isDirectory(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFDIR
    }
}
