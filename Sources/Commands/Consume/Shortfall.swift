// SPDX-License-Identifier: Apache-2.0
import Releases
import TUFClient

/// What an answer goes without: told after all that could be given, and never with exit code 0.
struct Shortfall: Sendable {
    /// More are counted, not told.
    private static let shown = 20

    private var failures: [CommandFailure] = []

    /// What is left out, one entry each.
    var isEmpty: Bool { failures.isEmpty }

    /// A refusal says more than what could not be had.
    var code: Int32? { Shortfall.gravest(failures.map(\.code)) }

    static func gravest(_ codes: [Int32]) -> Int32? {
        let bad = codes.filter { $0 != 0 }
        return bad.first { $0 == 1 } ?? bad.first
    }

    /// A whole repository.
    mutating func add(_ repository: String, _ error: any Error) {
        let failure = CommandFailure(error)
        failures.append(
            CommandFailure(
                "\(repository): \(failure.message)", hint: failure.hint, code: failure.code))
    }

    /// Roles of a repository.
    mutating func add(_ repository: String, _ roles: [RoleFailure]) {
        for role in roles {
            let failure = CommandFailure(role.error)
            failures.append(
                CommandFailure("\(repository): \(role)", hint: failure.hint, code: failure.code))
        }
    }

    /// A repository of the map, in whole or in part.
    mutating func add(_ failure: MapListFailure) {
        let refusal = failure.refusal
        for words in failure.words {
            failures.append(CommandFailure(words, hint: refusal.next, code: refusal.exitCode))
        }
    }

    func tell() {
        for (place, failure) in failures.prefix(Shortfall.shown).enumerated() {
            let next = failures.dropFirst(place + 1).prefix(Shortfall.shown - place - 1).first
            let hint = next?.hint == failure.hint ? nil : failure.hint
            Output.failure(CommandFailure(failure.message, hint: hint))
        }
        let rest = failures.count - Shortfall.shown
        if rest > 0 { Output.remark("and \(rest) more like these") }
    }
}
