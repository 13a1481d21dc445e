// SPDX-License-Identifier: Apache-2.0

/// Findings in the making: not more than a person can read, nor more work than bearable,
/// however large the layout.
struct FindingList {
    private(set) var findings: [LayoutFinding] = []
    private var left = FindingList.maximum
    /// Work that may still be done; the unit is some nanoseconds.
    private var work = FindingList.work
    private var isCut = false

    private static let maximum = 400
    /// What comparing one rule with another takes.
    static let comparison = 200
    private static let work = 50_000_000

    mutating func add(_ finding: LayoutFinding) {
        guard left > 0 else {
            isCut = true
            return
        }
        left -= 1
        findings.append(finding)
    }

    mutating func add(
        _ code: LayoutFinding.Code, _ weight: LayoutFinding.Weight, _ place: LayoutFinding.Place,
        _ message: String, remedy: String
    ) {
        add(LayoutFinding(code, weight, place, message, remedy: remedy))
    }

    /// Whether so much work may be done; once refused, the list says that not all was
    /// looked at.
    mutating func may(_ cost: Int) -> Bool {
        work -= cost
        if work < 0 { isCut = true }
        return work >= 0
    }

    /// All findings, the last one telling that there may be more.
    var finished: [LayoutFinding] {
        guard isCut else { return findings }
        return findings + [
            LayoutFinding(
                .notAllLookedAt, .note, .init("layout"),
                "the layout is too large for all of it to be looked at",
                remedy: "mend these, then look again")
        ]
    }
}
