// SPDX-License-Identifier: Apache-2.0

/// Where a tool's words go besides its error; libraries print nothing themselves.
package struct ToolLog: Sendable {
    package enum Level: Sendable {
        /// Shown with `--verbose`.
        case info
        /// Shown unless `--quiet`.
        case warning
    }

    private let write: @Sendable (Level, String) -> Void

    package init(_ write: @escaping @Sendable (Level, String) -> Void) { self.write = write }

    /// Drops everything.
    package static let silent = ToolLog { _, _ in }

    func info(_ text: @autoclosure () -> String) { write(.info, text()) }
    func warning(_ text: String) { write(.warning, text) }
}
