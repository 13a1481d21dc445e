// SPDX-License-Identifier: Apache-2.0
import Releases
import RepositoryStorage
import TUFMetadata
import TUFRepository
import TestKit
import Testing

@Suite("Layouts whose inspections look into the file: changes that waited, and the audit")
struct InspectedReleaseTests {
    private static let source =
        World.source + """

            inspections:
              - name: unpack
                run: tar xf demo-{version}-py3-none-any.whl
                materials: ["MATCH *.whl WITH PRODUCTS IN dist FROM wheel", "DISALLOW *"]
                products:
                  - "MATCH setup WITH PRODUCTS FROM tag"
                  - "MATCH *.whl WITH PRODUCTS IN dist FROM wheel"
                  - "DISALLOW *"
            """

    /// A tar that holds one file.
    private static func tar(_ name: String, _ content: String) -> String {
        func field(_ text: String, _ count: Int) -> String {
            text + String(repeating: "\0", count: count - text.utf8.count)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        let front =
            field(name, 100) + field("0000644", 8) + field("0000000", 8) + field("0000000", 8)
            + field(octal(content.utf8.count, 11), 12) + field(octal(0, 11), 12)
        let back = field("0", 101) + field("ustar", 6) + field("00", 249)
        let sum = (front + "        " + back).utf8.reduce(0) { $0 + Int($1) }
        let header = front + octal(sum, 6) + "\0 " + back
        let padding = (512 - content.utf8.count % 512) % 512
        return header + content + String(repeating: "\0", count: padding + 1024)
    }

    /// A repository with the layout, and a wheel that unpacks to one source file.
    private func world(holding content: String) async throws -> World {
        let world = try await World()
        try await world.publishLayout(Self.source)
        try world.writeRelease(tar: Self.tar("setup", content))
        return world
    }

    @Test("a release that waited for a signature is judged with its file")
    func waited() async throws {
        let world = try await world(holding: "source")
        let others = Publisher(world.directory, try TestRing("root"), now: now)
        _ = try await others.release(
            [ReleaseRequest(file: world.folder("dist/\(wheel)"), path: nil)],
            links: [world.folder("links")], waits: .always)
        let outcome = try await world.publisher.sign()
        if case .waiting = outcome { Issue.record("not published") }
        #expect(await world.audit().summary.releases == 1)
    }

    @Test("one that unpacks to something else is refused when the last signature comes")
    func waitedInVain() async throws {
        let world = try await world(holding: "other")
        let others = Publisher(world.directory, try TestRing("root"), now: now)
        _ = try await others.release(
            [ReleaseRequest(file: world.folder("dist/\(wheel)"), path: nil)],
            links: [world.folder("links")], waits: .always)
        var words = ""
        do { _ = try await world.publisher.sign() } catch { words = "\(error)" }
        #expect(words.contains("DISALLOW *"), "\(words)")
        #expect(await world.audit().summary.releases == 0)
    }

    @Test("an audit looks into the file, as consumers do")
    func audited() async throws {
        let world = try await world(holding: "source")
        let verdicts = try await world.release()
        try #require(verdicts.allSatisfy { $0.isVerified }, "\(verdicts.map(\.text))")
        let report = await world.audit()
        #expect(report.exitCode == 0 && report.summary.releases == 1, "\(report.text)")
    }

    @Test("a command that no consumer would run for nothing stays refused")
    func command() async throws {
        let world = try await World()
        try await world.publishLayout(Self.source.replacing("tar xf", "untar"))
        try world.writeRelease(tar: Self.tar("setup", "source"))
        #expect(try await world.release().map(\.isVerified) == [false])
    }
}

extension World {
    /// ``writeRelease(version:content:)`` of a file that is no text.
    fileprivate func writeRelease(tar: String) throws {
        try writeRelease(content: tar)
        try FileSystem.write(Array(tar.utf8), to: folder("dist/\(wheel)"))
    }
}
