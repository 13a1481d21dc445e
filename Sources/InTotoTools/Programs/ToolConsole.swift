// SPDX-License-Identifier: Apache-2.0

/// What a program has to do with the person that calls it.
package struct ToolConsole: Sendable {
    /// Writes to standard output and to standard error, as it is.
    package var output: @Sendable (String) -> Void
    package var errors: @Sendable (String) -> Void
    /// A password from the terminal, or from standard input where there is none; `nil` at its end.
    package var password: @Sendable () -> [UInt8]?

    package init(
        output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void,
        password: @escaping @Sendable () -> [UInt8]?
    ) {
        self.output = output
        self.errors = errors
        self.password = password
    }
}
