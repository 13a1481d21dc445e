// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("carnet conformance init: a new trust begins with its root alone")
struct ConformanceInitTests {
    @Test("files of roles and rotations of their keys are forgotten, what is no metadata stays")
    func forgets() throws {
        let stage = try Stage()
        try stage.succeed(["init", "repository", "--name", "demo"])
        for (name, type) in [
            ("timestamp.json", "timestamp"), ("a%2Fb.json", "targets"),
            ("rotate%2Fa%2Fb.rotate.1.json", "rotate"), ("notes.json", "notes"),
        ] {
            try Files.write(
                #"{"signatures":[],"signed":{"_type":"\#(type)"}}"#, to: stage.path("state/\(name)")
            )
        }
        try Files.write("mine", to: stage.path("state/rotate.txt"))
        try stage.succeed([
            "conformance", "--metadata-dir", "state", "init", "repository/metadata/1.root.json",
        ])
        let kept = try Files.tree(stage.path("state")).keys.filter { !$0.hasPrefix(".") }.sorted()
        #expect(kept == ["notes.json", "root.json", "rotate.txt"])
    }
}
