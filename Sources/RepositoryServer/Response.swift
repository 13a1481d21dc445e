// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// One answer, ready to send.
struct Response {
    /// What follows the head.
    enum Body {
        case empty
        case bytes(ByteBuffer)
        /// These bytes of the file.
        case file(OpenFile, Range<Int>)
    }

    /// What becomes of the connection after the answer.
    enum Ending {
        /// It takes the next request.
        case none
        case close
        /// It drops what still comes in for a while and then closes: to close at once would
        /// take the answer back from a client that is still sending.
        case drain
    }

    /// The head, or head and body in one.
    let head: ByteBuffer
    var body: Body = .empty
    var ending: Ending = .none
}
