// SPDX-License-Identifier: Apache-2.0

extension LayoutSource {
    /// The layout read out, for a person to agree with or not.
    public var sentences: String {
        let paths = appliesTo.map(\.description).joined(separator: " or ")
        var lines = ["A file counts as \(paths) if"]
        for (index, step) in steps.enumerated() {
            let end = index == steps.count - 1 ? "." : ","
            lines.append(
                "  - \(sentence(step))\(step.name == productOf ? ", which makes the file" : "")\(end)"
            )
        }
        let owners = joined(signers.map(\.name))
        lines.append(
            signers.count == 1
                ? "Signed by \(owners). Whoever holds the layouts role can publish another policy."
                : "Signed by \(threshold) of \(owners). Whoever holds the layouts role can publish "
                    + "another policy.")
        return lines.joined(separator: "\n") + "\n"
    }

    private func sentence(_ step: StepSource) -> String {
        switch (step.threshold, step.by.count) {
        case (1, 1): "\(step.by[0]) did step \(step.name)"
        case (1, _): "\(joined(step.by, "or")) did step \(step.name)"
        case (let wanted, let count) where wanted == count:
            "\(joined(step.by)) each did step \(step.name) with the same result"
        case (let wanted, _):
            "\(wanted) of \(joined(step.by)) did step \(step.name) independently "
                + "with the same result"
        }
    }
}
