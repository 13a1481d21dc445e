// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Stands before the listening socket: takes no further connection while there are too many.
final class ConnectionLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private let maximum: Int
    private let connections: OpenConnections
    private var isHeld = false

    init(_ maximum: Int, _ connections: OpenConnections) {
        self.maximum = maximum
        self.connections = connections
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let here = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        connections.add(unwrapInboundIn(data)) {
            here.eventLoop.execute {
                let (handler, context) = here.value
                handler.resume(context)
            }
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isHeld = connections.count >= maximum
        if !isHeld { context.read() }
    }

    private func resume(_ context: ChannelHandlerContext) {
        if isHeld { read(context: context) }
    }
}
