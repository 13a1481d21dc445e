// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket, and what each connection that comes of it is made of.
///
/// Requests are answered on the connection's event loop, without a task switch: that is what
/// makes small files cheap. Connections are taken on a thread of its own, so that thousands that
/// come at once do not wait behind the requests of those that were there before.
struct Listener: Sendable {
    /// Connections taken at a time at most; by one less the maximum may be exceeded.
    private static let batch = 64

    let files: RepositoryFiles
    let limits: ServerLimits
    let connections: OpenConnections

    /// - Parameters:
    ///   - acceptor: takes the connections.
    ///   - maximum: connections that are served at a time.
    /// - Returns: the socket, listening.
    func bind(
        _ address: String, _ port: Int, on acceptor: any EventLoopGroup, maximum: Int
    ) async throws -> any Channel {
        try await ServerBootstrap(
            group: acceptor, childGroup: MultiThreadedEventLoopGroup.singleton
        )
        .serverChannelOption(.backlog, value: Int32(clamping: limits.waitingConnections))
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelOption(
            .maxMessagesPerRead, value: UInt(max(1, min(Self.batch, maximum / 16)))
        )
        .serverChannelInitializer { [connections] channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    ConnectionLimit(maximum, connections))
            }
        }
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try setUp(channel) }
        }
        .bind(host: address, port: port).get()
    }

    private func setUp(_ channel: any Channel) throws {
        var bounds = NIOHTTPDecoderLimitConfiguration()
        bounds.maxHeaderFieldSize = limits.headBytes
        bounds.maxHeaderListSize = limits.headBytes
        bounds.maxHeaderFieldCount = 100
        let decoder = HTTPRequestDecoder(limitConfiguration: bounds)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(ConnectionHandler(files: files, limits: limits))
        if connections.isStopping {
            pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}
