// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning

extension AuditReport {
    /// Name of the JSON form.
    public static let schema = "carnet/check/1"

    /// The report for a program.
    ///
    /// ```json
    /// {"schema": "carnet/check/1", "repository": "demo", "as_of": "2026-11-22T12:00:00Z",
    ///  "outcome": "expired", "exit_code": 4, "errors": 1, "warnings": 0, "notes": 0,
    ///  "findings": [{"severity": "error", "code": "expired", "subject": "timestamp.json",
    ///                "sentence": "…", "found": "…", "expected": "…", "remedy": "…"}],
    ///  "summary": {"roots": {"first": 1, "last": 3}, "roles": 4, "verified": 7, "files": 12,
    ///              "listed": 12, "releases": 3, "bytes": 4711,
    ///              "next_expiry": {"subject": "snapshot.json", "at": "2026-11-29T12:00:00Z"}}}
    /// ```
    public var json: JSON {
        [
            "schema": .text(AuditReport.schema), "repository": .text(repository),
            "as_of": .text(asOf.description), "outcome": .text(outcome.rawValue),
            "exit_code": .integer(Int(exitCode)),
            "errors": .integer(findings(.error).count),
            "warnings": .integer(findings(.warning).count),
            "notes": .integer(findings(.note).count),
            "findings": .array(findings.map(\.json)), "summary": summary.json,
        ]
    }
}

extension Finding {
    fileprivate var json: JSON {
        var json: JSON = [
            "severity": .text(severity.rawValue), "code": .text(code.rawValue),
            "subject": .text(subject), "sentence": .text(sentence), "remedy": .text(remedy),
        ]
        json.set("found", found.map(JSON.text))
        json.set("expected", expected.map(JSON.text))
        return json
    }
}

extension AuditReport.Summary {
    fileprivate var json: JSON {
        var json: JSON = [
            "roles": .integer(roles), "verified": .integer(verified), "files": .integer(files),
            "listed": .integer(listed), "releases": .integer(releases), "bytes": .integer(bytes),
        ]
        json.set(
            "roots",
            roots.map { ["first": .integer($0.lowerBound), "last": .integer($0.upperBound)] })
        json.set(
            "next_expiry",
            nextExpiry.map { ["subject": .text($0.subject), "at": .text($0.at.description)] })
        return json
    }
}
