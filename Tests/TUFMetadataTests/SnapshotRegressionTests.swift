// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import Testing

@Suite("TUF 5.5.5: what one snapshot listed, the next one lists, in no lower version")
struct SnapshotRegressionTests {
    private func snapshot(_ entries: String) throws -> Snapshot {
        let edit = Edit("meta", #"{"targets.json":{"version":5}\#(entries)}"#)
        return try Snapshot(try edit.apply(to: Base.snapshot))
    }

    private func regression(_ old: String, _ new: String) throws -> SnapshotRegression? {
        try snapshot(new).regression(from: try snapshot(old))
    }

    @Test(
        "the same, higher and more are no regression",
        arguments: [
            ("", ""), ("", #","a.json":{"version":1}"#),
            (#","b.json":{"version":3}"#, #","a.json":{"version":1},"b.json":{"version":3}"#),
            (
                #","b.json":{"version":3},"z":{"version":1}"#,
                #","b.json":{"version":4},"c":{"version":1},"z":{"version":4611686018427387904}"#
            ),
            (#","b.json":{"version":3}"#, #","\u0062.json":{"length":9,"\u0076ersion":3}"#),
            (#","\u0062.json":{"version":3}"#, #","b.json":{"version":3}"#),
        ])
    func sound(old: String, new: String) throws { #expect(try regression(old, new) == nil) }

    /// TUF 1.0.34 §5.5.5b: what was listed is listed still
    /// attack: tough CVE-2025-2887: drops a role
    @Test(
        "an entry that has gone",
        arguments: [
            (#","b.json":{"version":3}"#, "", "b.json"),
            (#","b.json":{"version":3}"#, #","c.json":{"version":3}"#, "b.json"),
            (#","zz":{"version":3}"#, #","a.json":{"version":3}"#, "zz"),
            (#","é":{"version":3}"#, #","e\u0301":{"version":3}"#, "\u{E9}"),
            (#","a":{"version":1},"b":{"version":1}"#, #","b":{"version":1}"#, "a"),
        ] as [(String, String, UTF8Text)])
    func vanished(old: String, new: String, name: UTF8Text) throws {
        #expect(try regression(old, new) == .vanished(name: name))
    }

    /// TUF 1.0.34 §5.5.5a: no version goes down
    /// attack: tough CVE-2025-2887: lowers a role
    @Test(
        "an entry that went down, however its version is written",
        arguments: [
            (#"{"version":3}"#, #"{"version":2}"#, 2, 3),
            (#"{"\u0076ersion":3}"#, #"{"version":2}"#, 2, 3),
            (#"{"version":3}"#, #"{"\u0076ersion":2}"#, 2, 3),
            (
                #"{"version":4611686018427387904}"#, #"{"version":4611686018427387903}"#,
                (1 << 62) - 1, 1 << 62
            ),
            (#"{"version":1000000000000000000}"#, #"{"version":1}"#, 1, 1_000_000_000_000_000_000),
        ])
    func lowered(old: String, new: String, offered: Int, trusted: Int) throws {
        let fault = SnapshotRegression.lowered(
            name: "b.json", offered: offered, trusted: trusted)
        #expect(try regression(#","b.json":\#(old)"#, #","b.json":\#(new)"#) == fault)
    }

    @Test("targets.json itself counts too")
    func targets() throws {
        let old = try Snapshot(
            try Edit("meta", #"{"targets.json":{"version":6}}"#).apply(to: Base.snapshot))
        let fault = SnapshotRegression.lowered(name: "targets.json", offered: 5, trusted: 6)
        #expect(try snapshot("").regression(from: old) == fault)
    }
}
