// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RegistryStorage
import Testing

@Suite("Registry: manifests and indexes")
struct ManifestTests {
    private static let name: UTF8Text = "metadata/4.snapshot.json"
    private static let bytes = Array("[]".utf8)
    private static let hash = ContentDigest(of: bytes)

    private static func manifest() -> FileManifest {
        FileManifest(name, hash, length: 2, data: bytes, made: Instant(seconds: 0))
    }

    /// The manifest with a text in the place of another.
    private static func changed(_ old: String, _ new: String) throws -> [UInt8] {
        let text = String(decoding: manifest().bytes, as: UTF8.self)
        let start = try #require(text.utf8.indices.first { text[$0...].hasPrefix(old) })
        return Array(text[..<start].utf8) + Array(new.utf8)
            + Array(text[text.index(start, offsetBy: old.count)...].utf8)
    }

    @Test("a file's manifest has the documented form, byte for byte")
    func form() {
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        let expected = """
            {"annotations":{"org.opencontainers.image.created":"1970-01-01T00:00:00Z"},\
            "artifactType":"application/vnd.carnet.tuf.metadata.v1","config":{"data":"e30=",\
            "digest":"\(empty)","mediaType":"application/vnd.oci.empty.v1+json","size":2},\
            "layers":[{"annotations":{"org.opencontainers.image.title":\
            "metadata/4.snapshot.json"},"data":"W10=","digest":"sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",\
            "mediaType":"application/json","size":2}],\
            "mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}
            """
        #expect(String(decoding: ManifestTests.manifest().bytes, as: UTF8.self) == expected)
    }

    @Test("a file's manifest is read back as it was written")
    func roundTrip() throws {
        let read = try FileManifest(ManifestTests.manifest().bytes)
        #expect(read.bytes == ManifestTests.manifest().bytes)
        let file = try read.file(ManifestTests.name)
        #expect(
            file.digest == ManifestTests.hash && file.size == 2 && file.data == ManifestTests.bytes)
        let long = FileManifest(
            "targets/x", ManifestTests.hash, length: 8193, data: [UInt8](repeating: 0, count: 8193),
            made: Instant(seconds: 0))
        #expect(try FileManifest(long.bytes).file("targets/x").data == nil)
    }

    @Test("the manifest of another file is refused under this name")
    func otherFile() throws {
        let read = try FileManifest(ManifestTests.manifest().bytes)
        #expect(throws: RegistryError.otherFile(found: "metadata/4.snapshot.json")) {
            try read.file("metadata/5.snapshot.json")
        }
        let typed = try FileManifest(try ManifestTests.changed("tuf.metadata.v1", "tuf.target.v1"))
        #expect(throws: RegistryError.self) { try typed.file(ManifestTests.name) }
    }

    @Test(
        "an image and other artifacts are no files",
        arguments: [
            ("vnd.carnet.tuf.metadata.v1", "vnd.other.v1"),
            ("oci.image.manifest.v1", "oci.image.index.v1"),
            ("\"artifactType\"", "\"artifactKind\""),
        ])
    func otherArtifact(old: String, new: String) throws {
        let bytes = try ManifestTests.changed(old, new)
        let error = #expect(throws: RegistryError.self) { try FileManifest(bytes) }
        guard case .otherArtifact = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "a manifest that is not of the form is refused",
        arguments: [
            ("\"schemaVersion\":2", "\"schemaVersion\":1"), ("\"size\":2}]", "\"size\":-2}]"),
            ("sha256:4f53", "sha512:4f53"), ("4f53", "4f5"), ("4f53cda18c2b", "4F53CDA18C2B"),
            ("W10=", "W1s="), ("W10=", "*"),
            ("\"mediaType\":\"application/json\"", "\"mediaType\":1"),
            ("\"org.opencontainers.image.created\":\"", "\"a\":1,\"b\":\""),
            ("\"layers\":[", "\"layers\":{},\"x\":["),
            ("{\"annotations\"", "{\"a\":1.5,\"annotations\""),
            ("\"schemaVersion\":2}", "\"schemaVersion\":2"),
            ("\"schemaVersion\":2}", "\"schemaVersion\":2,\"schemaVersion\":2}"),
        ])
    func malformed(old: String, new: String) throws {
        let bytes = try ManifestTests.changed(old, new)
        let error = #expect(throws: RegistryError.self) { try FileManifest(bytes) }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "a digest is sha256, a colon and 64 lower-case digits, byte for byte",
        arguments: [
            "sha256:", "sha512:", "SHA256:", "sha256", "sha256:\u{301}", " sha256:", "sha256: ", "",
        ])
    func digests(start: String) {
        let digits = String(repeating: "0123456789abcdef", count: 4)
        let digest = ContentDigest(start + digits)
        #expect((digest != nil) == (Array(start.utf8) == Array("sha256:".utf8)))
        #expect(ContentDigest(start + digits.dropLast()) == nil)
        #expect(ContentDigest(start + digits.uppercased()) == nil)
        #expect(digest.map { "\($0)" == "sha256:\(digits)" } ?? true)
    }

    @Test("a manifest without a layer, with two, or without a title is no file's")
    func layers() throws {
        let one = String(decoding: ManifestTests.manifest().bytes, as: UTF8.self)
        let start = try #require(one.firstRange(of: "\"layers\":["))
        let end = try #require(one.firstRange(of: "],\"mediaType\""))
        let layer = one[start.upperBound..<end.lowerBound]
        for layers in ["", "\(layer),\(layer)", layer.replacing("image.title", with: "image.name")]
        {
            let text = one[..<start.upperBound] + layers + one[end.lowerBound...]
            let read = try FileManifest(Array(text.utf8))
            #expect(throws: RegistryError.self) { try read.file(ManifestTests.name) }
        }
    }

    @Test("depth, values and bytes of a manifest are bounded")
    func bounds() throws {
        let deep = try ManifestTests.changed(
            "{\"annotations\"",
            "{\"x\":" + String(repeating: "[", count: 99) + String(repeating: "]", count: 99)
                + ",\"annotations\"")
        #expect(throws: RegistryError.self) { try FileManifest(deep) }
        let many = try ManifestTests.changed(
            "{\"annotations\"",
            "{\"x\":[" + String(repeating: "1,", count: 1 << 17) + "1],\"annotations\"")
        #expect(throws: RegistryError.self) { try FileManifest(many) }
        #expect(throws: RegistryError.self) {
            try FileManifest([UInt8](repeating: 0x20, count: FileManifest.maximumBytes + 1))
        }
    }

    @Test("an index keeps what others entered, and each manifest once")
    func index() throws {
        let others =
            #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","#
            + #""manifests":[{"mediaType":"x/y","digest":"sha256:\#(ManifestTests.hash.hex)","#
            + #""size":7,"platform":{"os":"linux"}}]}"#
        var index = try ReferrersIndex(Array(others.utf8))
        let manifest = FileManifest(
            "targets/x", ManifestTests.hash, length: 2, data: nil, made: Instant(seconds: 0))
        let layer = try manifest.file("targets/x")
        var other = layer
        other.digest = ContentDigest(of: [1])
        let added = [index.add(layer), index.add(other), index.add(other)]
        #expect(added == [false, true, false])
        let read = try ReferrersIndex(index.bytes)
        #expect(read.digests == [ManifestTests.hash, ContentDigest(of: [1])])
        let text = String(decoding: read.bytes, as: UTF8.self)
        #expect(text.contains(#""platform":{"os":"linux"}"#))
        let removed = [index.remove(ManifestTests.hash), index.remove(ManifestTests.hash)]
        #expect(removed == [true, false])
        #expect(index.digests == [ContentDigest(of: [1])])
        #expect(throws: RegistryError.self) { try ReferrersIndex(manifest.bytes) }
    }
}
