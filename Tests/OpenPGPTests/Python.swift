// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The virtual environment with python in-toto 3.1.0 and securesystemslib 1.6.0 that the
/// project's set-up makes.
struct Python {
    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path): not found, expected after `make setup-test`" }
    }

    private let path: String

    /// - Throws: ``Missing``: what these tests show cannot be shown without it.
    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        path = "\(root)/.build/venv/bin/python3"
        guard access(path, X_OK) == 0 else { throw Missing(path: path) }
    }

    /// Runs a script; gives what it prints.
    func run(
        _ script: String, _ arguments: [String],
        _ variables: KeyValuePairs<String, String> = [:]
    ) throws -> String {
        try shell([path, "-W", "ignore", "-c", script] + arguments, variables)
    }
}
