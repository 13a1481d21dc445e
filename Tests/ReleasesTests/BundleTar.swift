// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import Releases
import RepositoryStorage
import TUFMetadata
import TestKit
import Testing

/// A tar archive by hand, as an attacker would write it: entry by entry, headers by the standard
/// and not by the code under test.
struct BundleTar {
    struct Entry {
        var name: String
        var content: [UInt8]
        var kind = Character("0")
        var link = ""
        /// What the header says instead of the content's length.
        var length: Int?
        var mode = "0000644"
        var owner = "0000000"
    }

    static let manifestName = "carnet-bundle.json"

    var entries: [Entry]
    var end = [UInt8](repeating: 0, count: 1024)

    /// Takes a good bundle apart.
    init(_ bytes: [UInt8]) {
        entries = []
        var place = 0
        var longName: String?
        while place + 512 <= bytes.count, bytes[place] != 0 {
            let header = Array(bytes[place..<(place + 512)])
            func text(_ range: Range<Int>) -> String {
                String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
            }
            let prefix = text(345..<500)
            let length = Int(text(124..<136), radix: 8) ?? 0
            let content = Array(bytes[(place + 512)..<(place + 512 + length)])
            let name = longName ?? (prefix.isEmpty ? "" : prefix + "/") + text(0..<100)
            longName = nil
            if header[156] == UInt8(ascii: "x") {
                let record = String(decoding: content.dropLast(), as: UTF8.self)
                longName = record.firstRange(of: "=").map { String(record[$0.upperBound...]) }
            } else {
                entries.append(Entry(name: name, content: content))
            }
            place += 512 + (length + 511) / 512 * 512
        }
    }

    var bytes: [UInt8] { entries.flatMap(BundleTar.bytes) + end }

    private static func bytes(_ entry: Entry) -> [UInt8] {
        let name = Array(entry.name.utf8)
        guard name.count > 100 else { return bytes(entry, [], name) }
        let slash = name.indices.first { place in
            name[place] == 0x2F && place <= 155 && (1...100).contains(name.count - place - 1)
        }
        if let slash { return bytes(entry, Array(name[..<slash]), Array(name[(slash + 1)...])) }
        // The record says its own length, which has three digits here.
        let record = "\(name.count + 10) path=\(entry.name)\n"
        let extended = Entry(name: "././@PaxHeader", content: Array(record.utf8), kind: "x")
        return bytes(extended) + bytes(entry, [], Array(name.prefix(100)))
    }

    private static func bytes(
        _ entry: Entry, _ prefix: [UInt8], _ own: [UInt8]
    ) -> [UInt8] {
        func field(_ text: some Sequence<UInt8>, _ width: Int) -> [UInt8] {
            Array((Array(text) + [UInt8](repeating: 0, count: width)).prefix(width))
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let head =
            field(own, 100) + field(entry.mode.utf8, 8) + field(entry.owner.utf8, 8)
            + field(entry.owner.utf8, 8)
            + field(octal(entry.length ?? entry.content.count, 11).utf8, 12)
            + field("00000000000".utf8, 12)
        let tail =
            [entry.kind.asciiValue!] + field(entry.link.utf8, 100) + field("ustar".utf8, 6)
            + Array("00".utf8) + field([], 64) + field("0000000".utf8, 8)
            + field("0000000".utf8, 8) + field(prefix, 155) + field([], 12)
        let sum = (head + tail).reduce(8 * 32) { $0 + Int($1) }
        let header = head + field(octal(sum, 6).utf8, 7) + [0x20] + tail
        let padding = (512 - entry.content.count % 512) % 512
        return header + entry.content + [UInt8](repeating: 0, count: padding)
    }

    // MARK: changes

    subscript(_ name: String) -> Int {
        entries.firstIndex { $0.name.hasSuffix(name) } ?? entries.count
    }

    var manifest: JSON {
        get { (try? JSONDocument(entries[0].content).root.tree()) ?? .null }
        set { entries[0].content = newValue.canonicalBytes() }
    }

    /// Writes the manifest anew, so that it says what is there.
    mutating func agree() {
        var members: [JSON.Member] = []
        for entry in entries.dropFirst() {
            members.append(
                JSON.Member(
                    UTF8Text(entry.name),
                    [
                        "length": .integer(entry.content.count),
                        "sha256": .text(DigestAlgorithm.sha256.hexDigest(of: entry.content)),
                    ]))
        }
        let sorted = entries.dropFirst().sorted { UTF8Text($0.name) < UTF8Text($1.name) }
        entries = [entries[0]] + sorted
        manifest.set("members", .object(members))
    }
}

extension World {
    /// Makes a bundle of the wheel.
    @discardableResult
    func bundle(
        _ name: String = "demo.bundle", of paths: Set<TargetPath> = [wheelPath]
    ) async throws -> [UInt8] {
        try FileSystem.makeDirectory(folder("out"))
        let session = try await consumer().session()
        let outcome = try await BundleMaker(session).make(paths, to: folder("out/\(name)"))
        _ = try #require(outcome.bundle, "\(outcome.verdicts.map(\.text))")
        return try FileSystem.read(folder("out/\(name)")) ?? []
    }

    /// Writes a bundle and opens it.
    func open(
        _ bytes: [UInt8], limits: BundleManifest.Limits = BundleManifest.Limits()
    ) throws -> BundleFile {
        try FileSystem.write(bytes, to: folder("changed.bundle"))
        return try BundleFile(folder("changed.bundle"), limits: limits)
    }

    /// Why the bundle is not opened.
    func fault(
        _ bytes: [UInt8], limits: BundleManifest.Limits = BundleManifest.Limits()
    ) -> BundleFault? {
        do {
            _ = try open(bytes, limits: limits)
            return nil
        } catch BundleError.damaged(_, let fault) {
            return fault
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }
}
