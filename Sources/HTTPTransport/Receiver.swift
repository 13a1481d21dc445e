// SPDX-License-Identifier: Apache-2.0
import TUFClient

/// Who gets the bytes of a transfer.
enum Receiver: Sendable {
    /// A file in memory, which nobody sees before it is whole.
    case memory(MemoryFile)
    /// The caller's own, which keeps what it has got.
    case sink(any FetchSink)

    /// Whether it can forget what came.
    var canRestart: Bool {
        if case .memory = self { true } else { false }
    }

    func restart() {
        if case .memory(let file) = self { file.restart() }
    }

    /// Makes room, once the length is known and held to be allowed.
    func expect(_ total: Int?) {
        if case .memory(let file) = self, let total { file.reserve(total) }
    }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .memory(let file): file.receive(chunk)
        case .sink(let sink): sink.receive(chunk)
        }
    }
}
