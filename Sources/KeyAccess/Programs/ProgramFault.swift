// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why a program that is to sign did not.
package enum ProgramFault: Error, Equatable, Sendable {
    /// No such file, or in no folder of PATH.
    case notFound
    case notRun(SystemReason)
    /// - Parameter lastLine: of its error output; empty if it wrote none.
    case exited(status: Int32, lastLine: String)
    case killed(signal: Int32, lastLine: String)
    case timedOut(Duration)
    case tooMuchOutput(maximum: Int)
    case noSignature
    /// What it printed as its public key is none.
    case noPublicKey(String)
}

extension ProgramFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound: "not found, expected an executable file, by its path or in PATH"
        case .notRun(let reason): "cannot be started: \(reason)"
        case .exited(let status, let line): "exit status \(status)" + ProgramFault.said(line)
        case .killed(let signal, let line): "killed by signal \(signal)" + ProgramFault.said(line)
        case .timedOut(let duration): "not done within \(duration.words)"
        case .tooMuchOutput(let maximum): "more than \(maximum) bytes written"
        case .noSignature: "no signature written to standard output"
        case .noPublicKey(let words): "no public key in PEM on standard output, \(words)"
        }
    }

    private static func said(_ line: String) -> String {
        line.isEmpty ? ", nothing on standard error" : ": \(quoted(line))"
    }
}
