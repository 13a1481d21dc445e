// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One connection: takes its requests in order and sends one answer after the other.
///
/// While an answer waits for the client, nothing more is read, so that a client that does not
/// take its answers costs no more memory than one chunk and one read.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum Work {
        case request(HTTPRequestHead)
        case malformed(ResponseHead.Status)
    }

    private enum Phase {
        /// Takes the next request.
        case ready
        /// Sends a file.
        case sending(FileTransfer)
        /// The last answer is on its way.
        case ending
        /// The last answer is out; what comes in is dropped.
        case draining
        case closed
    }

    private let responder: Responder
    private let limits: ServerLimits
    private var phase = Phase.ready
    /// Requests read but not answered yet: at most those of one read.
    private var backlog = CircularBuffer<Work>()
    private var isWritable = true
    private var isReadHeld = false
    private var isResuming = false
    private var hasUnflushed = false
    /// Set when the client has sent all it will, or the server stops.
    private var endsAfterBacklog = false
    private var deadline: Deadline

    init(files: RepositoryFiles, limits: ServerLimits) {
        responder = Responder(files: files)
        self.limits = limits
        deadline = Deadline(limits.requestTime)
    }

    // MARK: events

    func handlerAdded(context: ChannelHandlerContext) { watch(context) }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = unwrapInboundIn(data) else { return }
        take(.request(request), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        switch phase {
        case .ready where isWritable && backlog.isEmpty, .draining: context.read()
        default: isReadHeld = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        resume(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed, is ChannelShouldQuiesceEvent:
            endsAfterBacklog = true
            if case .draining = phase { context.close(promise: nil) } else { resume(context) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? HTTPParserError {
        case .headerOverflow?: take(.malformed(.headTooLarge), context)
        case .some: take(.malformed(.badRequest), context)
        case nil: context.close(promise: nil)
        }
        flush(context)
    }

    // MARK: answers

    private func take(_ work: Work, _ context: ChannelHandlerContext) {
        switch phase {
        case .ready where isWritable && backlog.isEmpty: perform(work, context)
        case .ready, .sending: backlog.append(work)
        case .ending, .draining, .closed: break
        }
    }

    private func perform(_ work: Work, _ context: ChannelHandlerContext) {
        let response =
            switch work {
            case .request(let head):
                responder.answer(head, isLast: endsAfterBacklog && backlog.isEmpty)
            case .malformed(let status): responder.answer(malformed: status)
            }
        deadline.restart(limits.requestTime)
        hasUnflushed = true
        switch response.body {
        case .empty:
            send(response.head, response.ending, context)
        case .bytes(let body):
            send(response.head, .none, context)
            send(body, response.ending, context)
        case .file(let file, let range):
            send(response.head, .none, context)
            flush(context)
            let transfer = FileTransfer(
                file, range, chunkBytes: limits.chunkBytes, closes: response.ending != .none)
            phase = .sending(transfer)
            sendChunk(transfer, context)
        }
    }

    private func send(
        _ bytes: ByteBuffer, _ ending: Response.Ending, _ context: ChannelHandlerContext
    ) {
        guard ending != .none else { return context.write(wrapOutboundOut(bytes), promise: nil) }
        phase = .ending
        backlog.removeAll()
        deadline.restart(limits.stallTime)
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.write(wrapOutboundOut(bytes), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { _ in
            guard case .ending = self.phase else { return }
            ending == .drain ? self.drain(context) : context.close(promise: nil)
        }
    }

    private func sendChunk(_ transfer: FileTransfer, _ context: ChannelHandlerContext) {
        var transfer = transfer
        let read = transfer.next(on: context.eventLoop)
        deadline.restart(limits.stallTime)
        read.assumeIsolated().whenComplete { result in
            guard case .sending = self.phase else { return }
            // Fewer bytes than announced: only a broken connection tells the client.
            guard case .success(let chunk) = result else { return context.close(promise: nil) }
            let sent = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(self.wrapOutboundOut(chunk), promise: sent)
            sent.futureResult.assumeIsolated().whenComplete { result in
                guard case .sending = self.phase else { return }
                guard case .success = result else { return context.close(promise: nil) }
                if transfer.isFinished { return self.finish(transfer, context) }
                // Other connections have their turn between two chunks.
                context.eventLoop.assumeIsolated().execute {
                    guard case .sending = self.phase else { return }
                    self.sendChunk(transfer, context)
                }
            }
        }
    }

    private func finish(_ transfer: FileTransfer, _ context: ChannelHandlerContext) {
        phase = .ready
        deadline.restart(limits.requestTime)
        if transfer.closes { endAfterWrites(context) } else { resume(context) }
    }

    /// Goes on after an answer the client has taken, or a change of state.
    private func resume(_ context: ChannelHandlerContext) {
        guard !isResuming else { return }
        isResuming = true
        defer { isResuming = false }
        while true {
            while case .ready = phase, isWritable, let work = backlog.popFirst() {
                perform(work, context)
            }
            flush(context)
            guard case .ready = phase, isWritable else { return }
            if backlog.isEmpty { break }
        }
        if endsAfterBacklog { return endAfterWrites(context) }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: the end

    private func endAfterWrites(_ context: ChannelHandlerContext) {
        hasUnflushed = true
        send(ByteBuffer(), .close, context)
        flush(context)
    }

    private func drain(_ context: ChannelHandlerContext) {
        phase = .draining
        context.close(mode: .output, promise: nil)
        deadline.restart(limits.lingerTime)
        watch(context)
        context.read()
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context.flush()
    }

    private func watch(_ context: ChannelHandlerContext) {
        deadline.schedule(on: context.eventLoop) {
            if self.deadline.remaining <= .zero {
                context.close(promise: nil)
            } else {
                self.watch(context)
            }
        }
    }

    private func forget() {
        phase = .closed
        backlog.removeAll()
        deadline.cancel()
    }
}
