// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

extension PrunePlan {
    /// Name of the JSON form.
    public static let schema = "carnet/prune/1"

    /// The plan for a person.
    ///
    /// - Parameter isDone: whether the files are gone already.
    public func text(isDone: Bool) -> String {
        var lines = removals.map { "  \(quotedIfOdd($0.path))   \($0.bytes) bytes" }
        let verb = isDone ? "removed" : "to be removed"
        let stays = snapshots.map(String.init)
        lines.append("\(counted(removals.count, "file")) \(verb), \(bytes) bytes.")
        lines.append(
            "Kept with all their files: \(snapshots.count == 1 ? "state" : "states") "
                + "\(joined(stays))"
                + (young > 0 ? "; \(counted(young, "unused file")) not old enough." : "."))
        return lines.joined(separator: "\n") + "\n"
    }

    private func quotedIfOdd(_ path: UTF8Text) -> String {
        path.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? path.string : quoted(path)
    }

    /// The plan for a program.
    public func json(isDone: Bool) -> JSON {
        [
            "schema": .text(PrunePlan.schema), "done": .boolean(isDone),
            "bytes": .integer(bytes), "kept_states": .array(snapshots.map(JSON.integer)),
            "not_old_enough": .integer(young),
            "files": .array(
                removals.map { ["path": .string($0.path), "bytes": .integer($0.bytes)] }),
        ]
    }
}
