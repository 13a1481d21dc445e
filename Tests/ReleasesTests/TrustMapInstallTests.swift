// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TestKit
import Testing

@Suite("TAP 4: putting a map to use")
struct TrustMapInstallTests {
    private func install(_ scene: MapScene, _ bytes: [UInt8]) throws -> TrustMap {
        try scene.folder.write(String(decoding: bytes, as: UTF8.self), to: "map.json")
        return try TrustMap.install(scene.folder("map.json"), home: scene.home)
    }

    @Test("a map is kept as received, read back, replaced and removed")
    func installed() throws {
        let scene = try MapScene("acme", "backup")
        #expect(try TrustMap.installed(home: scene.home) == nil)
        #expect(throws: TrustMapError.noMap) { try TrustMap.inUse(home: scene.home) }
        let bytes = scene.file(MapScene.entry("acme", "backup"))
        let map = try install(scene, bytes)
        #expect(try FileSystem.read(TrustMap.path(home: scene.home)) == bytes)
        #expect(try TrustMap.inUse(home: scene.home) == map)
        let other = try install(scene, scene.file(MapScene.entry("acme")))
        #expect(try TrustMap.installed(home: scene.home) == other)
        #expect(try TrustMap.remove(home: scene.home))
        #expect(try !TrustMap.remove(home: scene.home))
        #expect(try TrustMap.installed(home: scene.home) == nil)
    }

    @Test("a map that fails a check leaves the one in use, and nothing else, on disk")
    func refused() throws {
        let scene = try MapScene("acme", "backup")
        let map = try install(scene, scene.file(MapScene.entry("acme", "backup")))
        let before = try scene.folder.tree("home")
        let file = scene.folder("map.json")
        let hostile = #"{"repositories":{"../escaped":["https://a.test/"]},"mapping":[]}"#
        #expect(throws: TrustMapError.self) { try install(scene, Array(hostile.utf8)) }
        #expect(throws: TrustMapError.malformed(file: file, .truncated)) {
            try install(scene, [])
        }
        #expect(throws: TrustMapError.noFile(scene.folder("none"))) {
            try TrustMap.install(scene.folder("none"), home: scene.home)
        }
        let long = [UInt8](repeating: 0x20, count: TrustMap.Limits.bytes + 1)
        #expect(throws: TrustMapError.self) { try install(scene, long) }
        #expect(try scene.folder.tree("home") == before)
        #expect(!FileSystem.exists(scene.folder("escaped")))
        #expect(try TrustMap.inUse(home: scene.home) == map)
    }

    @Test("a repository that the map in use names cannot be forgotten, any other can")
    func inUse() throws {
        let scene = try MapScene("acme", "backup", "other")
        try TrustMap.expectUnnamed("acme", home: scene.home)
        let urls: JSON = [.text("https://acme.test/")]
        let map: JSON = [
            // No entry asks backup; the map could not be used without it all the same.
            "repositories": ["acme": urls, "backup": urls],
            "mapping": [MapScene.entry("acme")],
        ]
        _ = try install(scene, map.indentedBytes())
        for name in ["acme", "backup"] {
            #expect(throws: TrustMapError.inUse(name: name)) {
                try TrustMap.expectUnnamed(name, home: scene.home)
            }
        }
        #expect(
            "\(TrustMapError.inUse(name: "acme"))"
                == "acme: the map in use names this repository, and without it could not be used")
        try TrustMap.expectUnnamed("other", home: scene.home)
        try scene.folder.write("{", to: "home/trust-map.json")
        #expect(throws: TrustMapError.malformed(file: TrustMap.path(home: scene.home), .truncated))
        {
            try TrustMap.expectUnnamed("acme", home: scene.home)
        }
    }

    @Test("every repository named must be trusted by its root already, and must stay so")
    func strangers() throws {
        var scene = try MapScene("acme")
        scene.repositories["rogue"] = RepositorySimulator()
        scene.repositories["thief"] = RepositorySimulator()
        let bytes = scene.file(MapScene.entry("acme"))
        let error = TrustMapError.notTrusted(["rogue", "thief"], known: ["acme"])
        #expect(throws: error) { try install(scene, bytes) }
        #expect("\(error)" == "rogue and thief: not trusted, only acme is")
        scene.repositories["rogue"] = nil
        scene.repositories["thief"] = nil
        _ = try install(scene, scene.file(MapScene.entry("acme")))
        try TrustedRepository(named: "acme", home: scene.home).remove()
        #expect(throws: TrustMapError.notTrusted(["acme"], known: [])) {
            try TrustMap.inUse(home: scene.home)
        }
    }

    @Test("names for one root cannot meet a threshold together")
    func sameRoot() throws {
        var scene = try MapScene("acme", "twin", sameRoot: true)
        let error = TrustMapError.sameRoot(entry: 2, ["acme", "twin"], threshold: 2)
        #expect(throws: error) {
            try install(
                scene,
                scene.file(
                    MapScene.entry("acme", "twin", threshold: 1),
                    MapScene.entry("acme", "twin")))
        }
        #expect(
            "\(error)" == "entry 2 of the map: acme and twin have the same root keys and count "
                + "once, 2 different repositories expected")
        var other = RepositorySimulator()
        other.keys[.root] = [TestKey("another root")]
        other.publish(.root)
        scene.repositories["other"] = other
        try scene.trust("other", root: other.bytes(of: .root))
        let enough = MapScene.entry("acme", "other", "twin", threshold: 2)
        let map = try install(scene, scene.file(enough))
        #expect(try map.twins(home: scene.home).map { [$0.0, $0.1] } == [["acme", "twin"]])
        #expect(throws: TrustMapError.self) {
            try install(scene, scene.file(MapScene.entry("acme", "other", "twin")))
        }
    }

    @Test("a damaged root or map is told with its place")
    func damaged() throws {
        let scene = try MapScene("acme")
        _ = try install(scene, scene.file(MapScene.entry("acme")))
        try scene.folder.write("{]", to: "home/trust-map.json")
        let file = TrustMap.path(home: scene.home)
        #expect(
            throws: TrustMapError.malformed(
                file: file, .unexpected(byte: UInt8(ascii: "]"), offset: 1))
        ) { try TrustMap.installed(home: scene.home) }
        try scene.folder.write("{}", to: "home/repositories/acme/metadata/root.json")
        #expect(throws: TrustMapError.self) {
            try install(scene, scene.file(MapScene.entry("acme")))
        }
    }
}
