// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("Bundles: manifests")
struct BundleManifestTests {
    private func fault(
        _ world: World, _ good: BundleTar, _ change: (inout JSON) throws -> Void
    ) rethrows -> ManifestFault? {
        var tar = good
        try change(&tar.manifest)
        guard case .malformedManifest(let fault)? = world.fault(tar.bytes) else { return nil }
        return fault
    }

    @Test("what is not of the one form is refused")
    func form() async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        func json(_ change: (inout JSON) -> Void) -> Bool {
            if case .json? = fault(world, good, change) { true } else { false }
        }
        #expect(json { $0.set("_type", "bundle") })
        #expect(json { $0.set("format", 2) })
        #expect(json { $0.set("extra", 1) })
        #expect(json { $0.set("timestamp", 0) })
        #expect(json { $0.set("timestamp", nil) })
        #expect(json { $0.set("files", ["../up"]) })
        #expect(json { $0.set("members", []) })
        #expect(fault(world, good) { $0.set("files", []) } == .noFiles)
        #expect(
            fault(world, good) { $0.set("files", ["b", "a"]) } == .order("a"))
        #expect(
            fault(world, good) { $0.set("files", ["a", "a"]) } == .order("a"))
        #expect(
            fault(world, good) { $0.set("files", ["demo/other"]) }
                == .noMember(file: "demo/other"))
        var tar = good
        tar.entries[0].content.insert(0x20, at: 1)
        #expect(world.fault(tar.bytes) == .malformedManifest(.notCanonical))
        tar.entries[0].content = Array("{}".utf8)
        guard case .malformedManifest(.json)? = world.fault(tar.bytes) else {
            Issue.record("an empty object")
            return
        }
        let text = String(decoding: good.entries[0].content, as: UTF8.self)
        let member = try #require(text.firstRange(of: "\"metadata/1.root.json\""))
        let twice =
            text[..<member.lowerBound] + "\"metadata/1.root.json\":{},"
            + text[member.lowerBound...]
        tar.entries[0].content = Array(twice.utf8)
        guard case .malformedManifest(.json(.duplicateKey))? = world.fault(tar.bytes) else {
            Issue.record("two members of one name")
            return
        }
    }

    @Test(
        "names that lead elsewhere are refused",
        arguments: [
            "/etc/passwd", "metadata/../../x", "targets//x", "targets/./x", "targets/..",
            "metadata", "metadata/", "other/x", "../targets/x", "targets/a\\b", "targets/a\u{7F}b",
            "",
        ])
    func names(name: String) async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        let fault = try fault(world, good) { manifest in
            var members = try #require(manifest["members"])
            members.set(UTF8Text(name), ["length": 1, "sha256": .text(sha256("x"))])
            manifest.set("members", members)
        }
        #expect(fault == .name(name))
    }

    @Test("roots without a gap, a timestamp, digests in one form")
    func parts() async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        func fault(_ change: (inout JSON) -> Void) throws -> ManifestFault? {
            try self.fault(world, good) { manifest in
                var members = try #require(manifest["members"])
                change(&members)
                manifest.set("members", members)
            }
        }
        let entry: JSON = ["length": 1, "sha256": .text(sha256("x"))]
        #expect(try fault { $0.set("metadata/3.root.json", entry) } == .rootGap(after: 1))
        #expect(try fault { $0.set("metadata/1.root.json", nil) } == .noRoot)
        #expect(try fault { $0.set("metadata/timestamp.json", nil) } == .noTimestamp)
        for digest in ["", sha256("x").uppercased(), sha256("x") + "0"] {
            #expect(
                try fault {
                    $0.set("metadata/2.root.json", ["length": 1, "sha256": .text(digest)])
                } == .digest("metadata/2.root.json"))
        }
        guard case .json? = try fault({ $0.set("a", ["length": -1, "sha256": ""]) }) else {
            Issue.record("a negative length")
            return
        }
    }

    @Test("the manifest comes first, and neither it nor the number of members is unbounded")
    func bounds() async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        var tar = good
        tar.entries.swapAt(0, 1)
        #expect(world.fault(tar.bytes) == .manifestNotFirst(found: "metadata/1.root.json"))
        tar = good
        tar.entries[0].kind = "2"
        #expect(world.fault(tar.bytes) == .manifestNotFirst(found: "carnet-bundle.json"))
        tar = good
        tar.entries[0].length = 1 << 32
        #expect(
            world.fault(tar.bytes)
                == .malformedManifest(
                    .bound(.manifestBytes, found: 1 << 32, maximum: 16 << 20)))
        var limits = BundleManifest.Limits()
        limits.members = 5
        #expect(
            world.fault(good.bytes, limits: limits)
                == .malformedManifest(
                    .bound(.members, found: good.entries.count - 1, maximum: 5)))
        #expect(world.fault([UInt8](repeating: 0x41, count: 4096)) == .notTar)
        #expect(world.fault([UInt8](repeating: 0, count: 4096)) == .notTar)
        #expect(world.fault([]) == .truncated(found: 0, expected: nil))
        #expect(throws: BundleError.self) { try BundleFile(world.folder("nowhere")) }
        #expect(throws: BundleError.self) { try BundleFile(world.folder("out")) }
    }
}
