// SPDX-License-Identifier: Apache-2.0
import Carnet
import Glibc
import Testing

@Suite("The library: a verified file in a few lines, or an error")
struct LibraryTests {
    private func releases(
        _ stage: Stage, state: String? = nil, settings: ReleaseSettings = ReleaseSettings()
    ) throws -> TrustedReleases {
        try TrustedReleases(
            rootFile: stage.path("repository/metadata/1.root.json"),
            at: ["file://" + stage.path("repository")], stateFolder: state.map(stage.path),
            settings: settings)
    }

    @Test("a file is got, verified and listed")
    func get() async throws {
        let stage = try Stage.withRelease()
        let releases = try releases(stage, state: "state")
        let file = try await releases.get(Fixture.file, to: stage.path("demo-1.1.txt"))
        #expect(file.report.hasPrefix("VERIFIED   repository/\(Fixture.file)"), "\(file.report)")
        #expect(
            try Files.read(stage.path("demo-1.1.txt"))
                == Files.read(stage.path("work/dist/demo-1.1.txt")))
        let same = try await releases.verify(stage.path("demo-1.1.txt"))
        #expect(same.path == Fixture.file && same.sha256 == file.sha256)
        let offered = try await releases.list().map(\.path)
        #expect(offered.contains(Fixture.file) && !offered.contains { $0.hasSuffix(".link") })
        #expect(Files.exists(stage.path("state/metadata/timestamp.json")))
    }

    @Test("other bytes are refused, and nothing appears")
    func refused() async throws {
        let stage = try Stage.withRelease()
        let folder = stage.path("repository/targets/demo/1.1")
        let name = try Files.names(in: folder).first { $0.hasSuffix(".demo-1.1.txt") }
        let target = "\(folder)/\(try needed(name, "the target"))"
        var bytes = try Files.read(target)
        bytes[0] ^= 1
        try Files.write(bytes, to: target)
        let releases = try releases(stage)
        let error = await #expect(throws: ReleasesError.self) {
            try await releases.get(Fixture.file, to: stage.path("demo-1.1.txt"))
        }
        guard case .refused(let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.kind == .contradiction && refusal.code == "E-BYTES", "\(refusal.report)")
        #expect(!Files.exists(stage.path("demo-1.1.txt")))
    }

    @Test("by a clock far ahead the repository is stale")
    func stale() async throws {
        let stage = try Stage.withRelease()
        var settings = ReleaseSettings()
        settings.clock = { 4_102_444_800 }
        let releases = try releases(stage, settings: settings)
        let error = await #expect(throws: ReleasesError.self) { try await releases.list() }
        guard case .refused(let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.kind == .stale, "\(refusal.report)")
    }

    @Test("what is no root, no place or no path is told before anything is asked")
    func invalid() async throws {
        let stage = try Stage.withRelease()
        #expect(throws: ReleasesError.self) {
            try TrustedReleases(root: [1, 2], at: ["https://demo.example"], stateFolder: nil)
        }
        #expect(throws: ReleasesError.self) {
            try TrustedReleases(
                rootFile: stage.path("repository/metadata/1.root.json"), at: ["demo.example"],
                stateFolder: nil)
        }
        #expect(throws: ReleasesError.self) {
            try TrustedReleases(
                rootFile: stage.path("none.json"), at: ["https://demo.example"], stateFolder: nil)
        }
        let releases = try releases(stage)
        await #expect(throws: ReleasesError.self) {
            try await releases.get("../demo", to: stage.path("demo-1.1.txt"))
        }
    }
}
