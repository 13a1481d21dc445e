// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

@Suite("Bundles: made the same everywhere, read whole or not at all")
struct BundleFileTests {
    @Test("a bundle holds what a consumer with the root alone asks for, in the order of names")
    func contents() async throws {
        let world = try await World.released()
        let bytes = try await world.bundle()
        let file = try world.open(bytes)
        #expect(file.manifest.repository == "demo-repo")
        #expect(file.manifest.files == [wheelPath])
        #expect(file.manifest.rootVersions == 1...1)
        let names = file.manifest.members.map(\.name)
        #expect(names == names.sorted())
        #expect(names.filter { $0.string.hasPrefix("metadata/") }.count == 7)
        #expect(names.filter { $0.string.hasSuffix(".link") }.count == 3)
        #expect(names.filter { $0.string.hasSuffix(".pub") }.count == 3)
        #expect(file.size == bytes.count)
        #expect(bytes.count % 512 == 0)
    }

    @Test("the same state gives the same bytes, and they are ustar by the standard")
    func deterministic() async throws {
        let world = try await World.released()
        let first = try await world.bundle("a.bundle")
        // The second time the home knows all of it already.
        let second = try await world.bundle("b.bundle")
        // Not within the expectation: it would show all the bytes.
        let isSame = first == second
        #expect(isSame)
        let isStandard = BundleTar(first).bytes == first
        #expect(isStandard)
        #expect(Set(try FileSystem.names(in: world.folder("out"))) == ["a.bundle", "b.bundle"])
    }

    @Test("a bundle cut anywhere is refused")
    func truncated() async throws {
        let world = try await World.released()
        let bytes = try await world.bundle()
        for end in Set(stride(from: 0, to: bytes.count, by: 211)).union([511, 512, 513]) {
            let fault = world.fault(Array(bytes[..<end]))
            guard case .truncated(let found, _)? = fault else {
                Issue.record("cut at \(end): \(String(describing: fault))")
                continue
            }
            #expect(found == end)
        }
        guard case .truncated(_, expected: bytes.count)? = world.fault(bytes.dropLast()) else {
            Issue.record("the last byte")
            return
        }
    }

    @Test("a bundle with any byte changed is refused, but for the maker's name of the repository")
    func flipped() async throws {
        let world = try await World.released()
        let bytes = try await world.bundle()
        let label = Array("demo-repo".utf8)
        let start = try #require(
            bytes.indices.first { bytes[$0...].starts(with: label) })
        for place in stride(from: 0, to: bytes.count, by: 37)
        where !(start..<(start + label.count)).contains(place) {
            var changed = bytes
            changed[place] ^= 0x01
            #expect(world.fault(changed) != nil, "byte \(place)")
        }
    }

    @Test("nothing but the announced files in their order is read")
    func members() async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        func fault(_ change: (inout BundleTar) -> Void) -> BundleFault? {
            var tar = good
            change(&tar)
            return world.fault(tar.bytes)
        }
        let first = good.entries[1].name
        let second = good.entries[2].name
        #expect(
            fault { $0.entries.swapAt(1, 2) }
                == .member(expected: first, found: "file \"\(second)\""))
        #expect(
            fault { $0.entries.insert($0.entries[1], at: 1) }
                == .member(expected: second, found: "file \"\(first)\""))
        #expect(
            fault { $0.entries.append(.init(name: "targets/more", content: [1])) }
                == .strayMember("targets/more"))
        for (kind, words) in [
            ("1", "a hard link"), ("2", "a symbolic link"), ("3", "a device"), ("5", "a folder"),
            ("6", "a named pipe"), ("x", "an extended header"), ("g", "an extended header"),
            ("S", "a member of kind 83"),
        ] as [(Character, String)] {
            #expect(
                fault {
                    $0.entries.insert(
                        .init(name: "../evil", content: [], kind: kind, link: "/etc/passwd"),
                        at: 1)
                } == .member(expected: first, found: "\(words) \"../evil\""))
        }
        #expect(
            fault { $0.entries[1].name = "/etc/passwd" }
                == .member(expected: first, found: "file \"/etc/passwd\""))
        let length = good.entries[1].content.count
        #expect(
            fault { $0.entries[1].length = length + 1 }
                == .memberLength(first, found: length + 1, expected: length))
        #expect(fault { $0.entries[1].mode = "0000755" } == .memberHeader(first))
        #expect(fault { $0.entries[1].owner = "0001750" } == .memberHeader(first))
        #expect(fault { $0.end = $0.end + [0] } == .strayBytes(1))
        #expect(fault { $0.end = [UInt8](repeating: 7, count: 1024) } == .strayBytes(1024))
        #expect(fault { $0.end = [] } != nil)
    }

    @Test("a manifest that lies is found out before anything is believed")
    func lies() async throws {
        let world = try await World.released()
        let good = BundleTar(try await world.bundle())
        let name = "metadata/1.root.json"
        var tar = good
        tar.entries[tar[name]].content[0] = 0x20
        #expect(
            world.fault(tar.bytes)
                == .wrongDigest(
                    name,
                    found: DigestAlgorithm.sha256.hexDigest(of: tar.entries[1].content),
                    expected: DigestAlgorithm.sha256.hexDigest(of: good.entries[1].content)))
        tar = good
        tar.manifest.set("timestamp", 9)
        #expect(world.fault(tar.bytes) == .timestampVersion(found: 3, expected: 9))
        tar = good
        // Lengths whose sum would be beyond all numbers are none.
        let huge: JSON = ["length": .integer(1 << 60), "sha256": .text(sha256("nothing"))]
        tar.manifest.set("members", [:])
        for number in 1...20 {
            var members = try #require(tar.manifest["members"])
            members.set(UTF8Text("metadata/\(number).root.json"), huge)
            tar.manifest.set("members", members)
        }
        guard case .malformedManifest(.json)? = world.fault(tar.bytes) else {
            Issue.record("lengths without a bound")
            return
        }
        tar = good
        var members = try #require(tar.manifest["members"])
        members.set(
            UTF8Text(name), ["length": 1_000_000_000_000, "sha256": .text(sha256("nothing"))])
        tar.manifest.set("members", members)
        guard case .memberLength? = world.fault(tar.bytes) else {
            Issue.record("\(String(describing: world.fault(tar.bytes)))")
            return
        }
    }
}
