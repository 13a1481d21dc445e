// SPDX-License-Identifier: Apache-2.0
import MetadataSigning

/// A moment as a signature writes it: `20130524T000000Z`.
package struct SigningTime: Sendable, Equatable {
    package let text: String

    /// - Parameter seconds: since 1970.
    package init(seconds: Int) {
        text = Instant(seconds: seconds).description.filter { $0 != "-" && $0 != ":" }
    }

    var day: String { String(text.prefix(8)) }
}
