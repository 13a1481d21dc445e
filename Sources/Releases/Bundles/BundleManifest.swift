// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
public import TUFMetadata

/// The first member of a bundle: what is in it, in which order.
///
/// ```json
/// {"_type":"carnet-bundle","files":["demo/1.0/demo.whl"],"format":1,
///  "members":{"metadata/1.root.json":{"length":2000,"sha256":"…"},…},
///  "repository":"demo","timestamp":12}
/// ```
///
/// Nothing in it is trusted. It says where bytes are and whether they came through whole; what
/// they are worth the metadata says, whose signatures lead to a root that was trusted before.
public struct BundleManifest: Sendable, Equatable {
    /// Bounds of a manifest from outside.
    public struct Limits: Sendable {
        public var manifestBytes = 16 << 20
        public var members = 50_000

        public init() {}
    }

    public struct Member: Sendable, Equatable {
        /// Path in the archive, below `metadata/` or `targets/` as a server has it.
        public let name: UTF8Text
        public let length: Int
        /// 64 lower-case hexadecimal digits.
        public let sha256: String
    }

    static let fileName = "carnet-bundle.json"
    private static let type: UTF8Text = "carnet-bundle"
    private static let format = 1
    /// All members together stay far below what a number holds.
    private static let maximumLength = 1 << 44
    private static let fields: Set<UTF8Text> = [
        "_type", "files", "format", "members", "repository", "timestamp",
    ]

    /// How the maker calls the repository; for messages.
    public let repository: String
    /// Version of the timestamp that it was made from.
    public let timestamp: Int
    /// The files that it was made for, by path.
    public let files: [TargetPath]
    /// Everything else in the archive, in its order: by name.
    public let members: [Member]

    /// - Parameter members: in any order, names unique.
    init(repository: String, timestamp: Int, files: Set<TargetPath>, members: [Member]) {
        self.repository = repository
        self.timestamp = timestamp
        self.files = files.sorted()
        self.members = members.sorted { $0.name < $1.name }
    }

    /// Canonical JSON.
    package var bytes: [UInt8] {
        let entries = members.map { member in
            JSON.Member(
                member.name, ["length": .integer(member.length), "sha256": .text(member.sha256)])
        }
        let object: JSON = [
            "_type": .string(BundleManifest.type), "format": .integer(BundleManifest.format),
            "repository": .text(repository), "timestamp": .integer(timestamp),
            "files": .array(files.map { .string($0.text) }), "members": .object(entries),
        ]
        return object.canonicalBytes()
    }

    /// Versions of the roots in it, ascending and without a gap.
    public var rootVersions: ClosedRange<Int> {
        let versions = members.compactMap { BundleManifest.rootVersion($0.name) }
        return (versions.min() ?? 1)...(versions.max() ?? 1)
    }

    static func rootName(_ version: Int) -> UTF8Text {
        UTF8Text("metadata/\(RoleName.root.fileName(version: version))")
    }

    static func rootVersion(_ name: UTF8Text) -> Int? {
        let parts = name.string.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let digits = parts[1].split(separator: ".").first,
            let version = Int(digits), version > 0, rootName(version) == name
        else { return nil }
        return version
    }
}

extension BundleManifest {
    /// Reads the content of the first member.
    ///
    /// - Throws: ``ManifestFault``.
    package init(_ bytes: [UInt8], limits: Limits = Limits()) throws(ManifestFault) {
        guard bytes.count <= limits.manifestBytes else {
            throw .bound(.manifestBytes, found: bytes.count, maximum: limits.manifestBytes)
        }
        do throws(JSONError) {
            let values = JSONLimits(
                maximumBytes: limits.manifestBytes, maximumDepth: 8,
                maximumValues: 8 * limits.members + 1024)
            let root = try JSONDocument(bytes, limits: values).root
            try self.init(root)
        } catch {
            throw .json(error)
        }
        guard members.count <= limits.members else {
            throw .bound(.members, found: members.count, maximum: limits.members)
        }
        try check(bytes)
    }

    private init(_ root: JSONValue) throws(JSONError) {
        let object = try root.object()
        let type = try object.required("_type")
        guard try type.text() == BundleManifest.type else {
            throw type.mismatch("\"carnet-bundle\"")
        }
        _ = try object.required("format").integer(
            in: BundleManifest.format...BundleManifest.format)
        if let other = object.others(than: BundleManifest.fields).first {
            throw .mismatch(path: quoted(other.key), found: "unknown field", expected: "none")
        }
        repository = try object.required("repository").text().string
        timestamp = try object.required("timestamp").integer(in: 1...Int.max)
        var files: [TargetPath] = []
        for file in try object.required("files").array() {
            guard let path = TargetPath(try file.text()) else { throw file.mismatch("a path") }
            files.append(path)
        }
        var members: [Member] = []
        for member in try object.required("members").object() {
            let entry = try member.value.object()
            members.append(
                Member(
                    name: member.key,
                    length: try entry.required("length").integer(
                        in: 0...BundleManifest.maximumLength),
                    sha256: try entry.required("sha256").text().string))
        }
        (self.files, self.members) = (files, members)
    }

    /// What the shape alone does not say.
    private func check(_ bytes: [UInt8]) throws(ManifestFault) {
        for member in members {
            guard BundleManifest.isSafe(member.name) else { throw .name(member.name.string) }
            guard member.sha256.utf8.count == 64,
                member.sha256.utf8.allSatisfy({
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
                })
            else { throw .digest(member.name.string) }
        }
        guard !files.isEmpty else { throw .noFiles }
        for (file, next) in zip(files, files.dropFirst()) where !(file < next) {
            throw .order(next.string)
        }
        // Order of members, and everything else that could be written in two ways.
        guard self.bytes == bytes else { throw .notCanonical }
        let offered = offeredPaths
        if let file = files.first(where: { !offered.contains($0.text) }) {
            throw .noMember(file: file.string)
        }
        try checkRoots()
    }

    private func checkRoots() throws(ManifestFault) {
        let versions = members.compactMap { BundleManifest.rootVersion($0.name) }.sorted()
        guard !versions.isEmpty else { throw .noRoot }
        for (version, next) in zip(versions, versions.dropFirst()) where next != version + 1 {
            throw .rootGap(after: version)
        }
        let timestamp = UTF8Text("metadata/\(RoleName.timestamp.fileName())")
        guard members.contains(where: { $0.name == timestamp }) else { throw .noTimestamp }
    }

    /// A path below one of the two folders that means the same place everywhere.
    private static func isSafe(_ name: UTF8Text) -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.starts(with: "metadata/".utf8) || bytes.starts(with: "targets/".utf8),
            bytes.count <= 2048
        else { return false }
        let isClean = !bytes.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
        return isClean
            && bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { segment in
                    (1...255).contains(segment.count)
                        && !(segment.count < 3 && segment.allSatisfy { $0 == UInt8(ascii: ".") })
                }
    }

    /// Target paths of the members, with and without what could be a digest before the name.
    private var offeredPaths: Set<UTF8Text> {
        var paths: Set<UTF8Text> = []
        for member in members where member.name.utf8.starts(with: "targets/".utf8) {
            let path = Array(member.name.utf8.dropFirst("targets/".utf8.count))
            let slash = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            paths.insert(UTF8Text(String(decoding: path, as: UTF8.self)))
            let dot = path[slash...].firstIndex(of: UInt8(ascii: ".")) ?? slash
            guard [64, 96, 128].contains(dot - slash) else { continue }
            let plain = path[..<slash] + path[(dot + 1)...]
            paths.insert(UTF8Text(String(decoding: plain, as: UTF8.self)))
        }
        return paths
    }
}
