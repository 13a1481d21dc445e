// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// SIGTERM and SIGINT as a wish to end, as long as it is held.
final class StopSignals {
    private static let numbers = [SIGTERM, SIGINT]
    private let sources: [any DispatchSourceSignal]

    /// - Parameter handler: called with each of them, on a thread of its own.
    init(_ handler: @escaping @Sendable () -> Void) {
        sources = Self.numbers.map { number in
            // Dispatch sees a signal that the process ignores.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: handler)
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        for number in Self.numbers { signal(number, SIG_DFL) }
    }
}
