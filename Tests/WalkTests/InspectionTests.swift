// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Inspections of a release")
struct InspectionTests {
    private static let wheel = "demo-1.0-py3-none-any.whl"

    private static func layout(_ inspection: String) -> String {
        """
        name: wheel
        expires: 1y
        applies-to: ["demo/{version}/demo-{version}-py3-none-any.whl"]
        product-of: package
        threshold: 1
        signers: {alice: keys/alice.pub}
        functionaries: {alice: keys/alice.pub}
        steps:
          - name: tag
            by: [alice]
            threshold: 1
            materials: ["ALLOW *"]
            products: ["MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]
          - name: package
            by: [alice]
            threshold: 1
            materials: ["MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
            products: ["CREATE dist/*.whl", "DISALLOW *"]
        inspections:
          - name: unpack
            run: \(inspection)
            materials: ["MATCH *.whl WITH PRODUCTS IN dist FROM package", "DISALLOW *"]
            products:
              - "REQUIRE demo/main.py"
              - "MATCH * WITH PRODUCTS IN src FROM tag"
              - "MATCH *.whl WITH PRODUCTS IN dist FROM package"
              - "DISALLOW *"

        """
    }

    /// A repository, and a wheel whose sources were tagged; `change` comes between the two.
    private static func stage(_ inspection: String, _ change: String = "true") throws -> Stage {
        let stage = try Stage.withRelease()
        try Files.write(layout(inspection), to: stage.path("repository/layouts/wheel.yaml"))
        try stage.succeed([
            "layout", "add", "repository/layouts/wheel.yaml", "--key", "alice",
            "--repository", "repository",
        ])
        Files.remove(stage.path("work"))
        Files.remove(stage.path("links"))
        try Files.write("print('demo')\n", to: stage.path("work/src/demo/main.py"))
        try Files.write("", to: stage.path("work/src/demo/__init__.py"))
        try Files.makeFolder(stage.path("work/dist"))
        try stage.succeed(
            [
                "run", "-n", "tag", "--key", "alice", "-m", "src", "-p", "src", "-d", "../links",
                "--", "true",
            ], in: "work")
        // What is packed is not what was tagged: the step itself says nothing of it.
        let script =
            "work=$(mktemp -d) && cp -r src/demo $work && cd $work && \(change) && "
            + "python3 -m zipfile -c \"$0\" demo && rm -r $work"
        try stage.succeed(
            [
                "run", "-n", "package", "--key", "alice", "-m", "src", "-p", "dist",
                "-d", "../links", "--", "sh", "-c", script,
                stage.path("work/dist/\(wheel)"),
            ], in: "work")
        return stage
    }

    private static let release = [
        "release", "work/dist/\(wheel)", "--repository", "repository", "--links", "links",
    ]

    @Test("a wheel that unpacks to the tagged sources is verified, without anything written")
    func verified() throws {
        let stage = try Self.stage("unzip \(Self.wheel)")
        try stage.succeed(Self.release)
        try stage.trust(try stage.serve())
        let get = try stage.succeed(
            ["get", "demo/demo/1.0/\(Self.wheel)", "-o", "got.whl"], home: "user")
        #expect(get.output.hasPrefix("VERIFIED"), "\(get)")
        #expect(
            get.output.contains("unpack: \"unzip \(Self.wheel)\", done by carnet itself"), "\(get)")
        let before = try Files.tree(stage.path("work"))
        let verify = try stage.succeed(["verify", "work/dist/\(Self.wheel)"], home: "user")
        #expect(verify.output.hasPrefix("VERIFIED"), "\(verify)")
        let json = try stage.succeed(
            ["verify", "work/dist/\(Self.wheel)", "--json"], home: "user")
        #expect(json.output.contains("\"built-in\""), "\(json)")
        #expect(differences(before, try Files.tree(stage.path("work"))).isEmpty)
    }

    @Test("one with a byte more in one file is refused, by the rule that says so")
    func refused() throws {
        let stage = try Self.stage("unzip \(Self.wheel)", "printf x >>demo/main.py")
        let release = try stage.carnet(Self.release)
        #expect(release.status == 1, "\(release)")
        #expect(release.output.contains("E-RULE"), "\(release)")
        #expect(release.output.contains("DISALLOW *"), "\(release)")
        #expect(release.output.contains("demo/main.py"), "\(release)")
    }

    @Test("another command is refused, and the refusal says how to allow it")
    func command() throws {
        let stage = try Self.stage("unpack-it \(Self.wheel)")
        let release = try stage.carnet(Self.release)
        #expect(release.status == 1, "\(release)")
        #expect(release.output.contains("E-INSPECTION"), "\(release)")
        #expect(release.output.contains("--allow-inspection \"unpack\""), "\(release)")
    }
}
