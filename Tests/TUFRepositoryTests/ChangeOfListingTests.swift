// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository
import Testing

@Suite("Changes of snapshot and timestamp, in sentences")
struct ListingChangeTests {
    @Test("versions that move on, and roles that are new")
    func moved() throws {
        let old = ChangeDocuments.snapshot()
        let new = old.with(["version": 5], at: "meta", "targets.json")
            .with(["version": 1], at: "meta", "é.json")
        #expect(
            try told(.snapshot, old, new) == [
                "targets is at version 5, before 4", #""é" is listed, at version 1"#,
            ])
    }

    @Test("what clients refuse is an alarm: back, gone, another file under one version")
    func alarms() throws {
        let old = ChangeDocuments.snapshot()
        let new = old.with(["version": 3], at: "meta", "targets.json")
            .with(nil, at: "meta", "links.json")
            .with(101, at: "meta", "releases.json", "length")
        #expect(
            try told(.snapshot, old, new) == [
                "ALARM: links is listed no more; it was at version 2: clients that know it will "
                    + "refuse this",
                "ALARM: releases is still at version 9, but its file is another one "
                    + "(101 bytes, sha256 \(ChangeDocuments.digest))",
                "ALARM: targets goes back to version 3 from 4: clients will refuse it",
            ])
    }

    @Test("many versions are counted")
    func many() throws {
        var old = ChangeDocuments.snapshot()
        var new = old
        for number in 0..<100 {
            old.change(["meta", UTF8Text("b-\(number).json")]) { $0 = ["version": 1] }
            new.change(["meta", UTF8Text("b-\(number).json")]) { $0 = ["version": 2] }
        }
        let lines = try changes(.snapshot, old, new, listing: 1).lines
        #expect(
            lines[0].hasPrefix(
                "100 roles at a newer version, the first: b-0 (sha256 over all of them "))
        #expect(lines.count == 2)
    }
}

@Suite("Changes in JSON")
struct ChangeJSONTests {
    @Test("a change has its role, place, kind, weight, urgency, sentence and facts")
    func form() throws {
        let root = try ChangeDocuments.root()
        let found = try changes(
            .root, root, root.with(1, at: "roles", "root", "threshold").with(2, at: "version"))
        #expect(
            found.json == [
                "role": "root",
                "changes": [
                    [
                        "role": "root", "place": ["roles", "root", "threshold"],
                        "kind": "threshold", "weight": "trust", "urgency": "warning",
                        "sentence": "root needs 1 of 3 signatures, before 2 of 3 signatures",
                        "signs": "root", "after": ["threshold": 1, "keys": 3],
                        "before": ["threshold": 2, "keys": 3],
                    ],
                    [
                        "role": "root", "place": ["version"], "kind": "version",
                        "weight": "dates", "urgency": "plain",
                        "sentence": "version 2, before 1", "version": 2, "before": 1,
                    ],
                ],
            ])
    }

    @Test("the JSON of any change can be written and read")
    func sound() throws {
        var dice = Dice(11)
        for (role, document) in try ChangeDocuments.all() {
            for _ in 0..<40 {
                var other = document
                other.mutate(&dice)
                let json = try changes(role, document, other).json
                let read = try JSONDocument(json.compactBytes()).root.tree()
                #expect(read.canonicalBytes() == json.canonicalBytes())
            }
        }
    }
}
