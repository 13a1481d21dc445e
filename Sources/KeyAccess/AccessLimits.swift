// SPDX-License-Identifier: Apache-2.0

/// How long others may take, and how much they may say.
package struct AccessLimits: Sendable {
    /// For answers that need no person.
    package var answer: Duration = .seconds(10)
    /// For a signature, which may need a touch, a PIN or a click.
    package var person: Duration = .seconds(120)
    /// How long a signature may take before somebody is told that it is waited for.
    package var patience: Duration = .milliseconds(400)
    /// Most that a program may write, in bytes: a signature or a public key.
    package var programOutput = 64 << 10

    package init() {}
}
