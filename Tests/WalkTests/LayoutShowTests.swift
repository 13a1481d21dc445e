// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("A layout read out: source, signed file, published")
struct LayoutShowTests {
    @Test("all three say who must have done what")
    func three() throws {
        let stage = try Stage.withRelease()
        let source = try stage.succeed(["layout", "show", "repository/layouts/package.yaml"])
        let signed = try stage.succeed(["layout", "show", "repository/layouts/package.layout"])
        let published = try stage.succeed([
            "layout", "show", "demo/1.1/demo-1.1.txt", "--repository", "repository",
        ])
        #expect(source.lines.first?.hasPrefix("A file counts if ") == true, "\(source)")
        #expect(signed.lines.first == source.lines.first, "\(signed)")
        #expect(signed.output.contains("nobody has checked that here"), "\(signed)")
        #expect(published.lines.first == "Layout package", "\(published)")
        #expect(published.lines.dropFirst().first == source.lines.first, "\(published)")
        let all = try stage.succeed(["layout", "show", "--repository", "repository"])
        #expect(all.output.contains("Layout package") && all.output.contains("Layout notes"))
    }

    @Test("a path that no layout governs, a file that is no layout, nothing at all")
    func nothing() throws {
        let stage = try Stage.withRelease()
        try stage.expectFailure(
            ["layout", "show", "demo/1.1/other.zip", "--repository", "repository"],
            saying: ["no layout covers it"])
        try stage.expectFailure(
            ["layout", "show", "../x", "--repository", "repository"], saying: ["not a target path"])
        try Files.write("{}", to: stage.path("no.layout"))
        try stage.expectFailure(["layout", "show", "no.layout"], saying: ["no.layout"])
        try stage.expectFailure(["layout", "show", "none.yaml"], saying: ["no such file"])
        try stage.expectFailure(["layout", "show"], saying: ["--repository"])
    }
}
