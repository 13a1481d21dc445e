// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
package import MetadataSigning
package import TUFMetadata

/// The rotation files that a snapshot lists (TAP 8 of 2024-03, TAP 20): a targets role hands its
/// powers on from its keys to others, or ends itself, without whoever appointed it.
///
/// They stand in `meta` as `rotate/ROLE.rotate.N`, N from 1 on, and on the server under that
/// name (the role percent-encoded) beside the metadata. A snapshot without such entries costs no
/// request, and a server cannot withhold a file that the snapshot lists.
package struct Rotations: Sendable {
    /// By role and number.
    private let listed: [UTF8Text: [Int: JSONValue]]

    package init(_ snapshot: Snapshot) {
        listed = Rotations.listed(snapshot)
    }

    private static func listed(_ snapshot: Snapshot) -> [UTF8Text: [Int: JSONValue]] {
        // Most repositories have none: one look over the bytes is cheaper than one over the names.
        guard mayList(snapshot.value.document.bytes),
            let meta = try? snapshot.value.object()["meta"]?.object()
        else { return [:] }
        var listed: [UTF8Text: [Int: JSONValue]] = [:]
        for member in meta {
            guard let (role, number) = parts(of: member.key) else { continue }
            listed[role, default: [:]][number] = member.value
        }
        return listed
    }

    private static func mayList(_ bytes: [UInt8]) -> Bool {
        let wanted = Array("\"rotate".utf8)
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            // A backslash may hide the name.
            if memchr(base, Int32(UInt8(ascii: "\\")), bytes.count) != nil { return true }
            var start = 0
            // Slashes are rarer than quotes.
            while let slash = memchr(base + start, Int32(UInt8(ascii: "/")), bytes.count - start) {
                let position = base.distance(to: UnsafeRawPointer(slash))
                if position >= wanted.count,
                    bytes[(position - wanted.count)..<position].elementsEqual(wanted)
                {
                    return true
                }
                start = position + 1
            }
            return false
        }
    }

    /// `rotate/a/b.rotate.12` is number 12 of role `a/b`.
    private static func parts(of name: UTF8Text) -> (UTF8Text, Int)? {
        let bytes = Array(name.utf8)
        let (prefix, infix) = (Array("rotate/".utf8), Array(".rotate.".utf8))
        guard bytes.starts(with: prefix) else { return nil }
        let digits = bytes.reversed().prefix { (0x30...0x39).contains($0) }.count
        let end = bytes.count - digits
        guard (1...9).contains(digits), bytes[end] != 0x30, end > prefix.count + infix.count,
            bytes[..<end].suffix(infix.count).elementsEqual(infix),
            let number = Int(String(decoding: bytes[end...], as: UTF8.self))
        else { return nil }
        let role = bytes[prefix.count..<end - infix.count]
        return (UTF8Text(String(decoding: role, as: UTF8.self)), number)
    }

    /// The rotations of a role, in order.
    ///
    /// - Throws: ``UpdateError/tooManyRotations(role:maximum:)``, `.rotationMissing` if one
    ///   between is not listed: then nobody can tell who the role's keys are.
    package func entries(of role: RoleName, maximum: Int) throws(UpdateError) -> [Entry] {
        guard let numbers = listed[role.text] else { return [] }
        guard numbers.count <= maximum else {
            throw .tooManyRotations(role: role, maximum: maximum)
        }
        var entries: [Entry] = []
        for number in 1...numbers.count {
            guard let value = numbers[number] else {
                throw .rotationMissing(file: Entry.file(of: role, number))
            }
            entries.append(Entry(role: role, number: number, value))
        }
        return entries
    }
}

/// What a rotation file says.
package enum Rotation: Sendable {
    case keys(Authority)
    /// Nobody speaks for the role any more.
    case null

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

extension Rotations {
    /// One rotation file as the snapshot lists it.
    package struct Entry: Sendable {
        let role: RoleName
        package let number: Int
        let length: Int?
        private let hashes: [DigestAlgorithm: String]

        /// - Parameter value: an entry of `meta`, which `Snapshot` checked when it was decoded.
        init(role: RoleName, number: Int, _ value: JSONValue) {
            self.role = role
            self.number = number
            let object = try? value.object()
            length = try? object?["length"]?.integer()
            var hashes: [DigestAlgorithm: String] = [:]
            let listed = try? object?["hashes"]?.object()
            for algorithm in DigestAlgorithm.allCases {
                hashes[algorithm] = try? listed?[UTF8Text(algorithm.rawValue)]?.text().string
            }
            self.hashes = hashes
        }

        var hasDigest: Bool { !hashes.isEmpty }
        package var file: String { Entry.file(of: role, number) }

        /// The name under which a store keeps it.
        package var storeName: RoleName {
            RoleName(UTF8Text("rotate/\(role.text).rotate.\(number)"))
        }

        /// Name on the server, relative to the metadata.
        static func file(of role: RoleName, _ number: Int) -> String {
            "rotate/\(role.encoded).rotate.\(number)"
        }

        /// Takes the file: the one that the snapshot lists, signed by the keys before it.
        package func rotation(
            _ bytes: [UInt8], _ authority: Authority, by appointer: RoleName
        ) throws(UpdateError) -> Rotation {
            try check(bytes, length, hashes, file: file)
            return try signed(bytes, authority, by: appointer)
        }

        /// Whether the keys before it signed this file, whatever the snapshot lists now.
        func wasSigned(
            _ bytes: [UInt8], _ authority: Authority, by appointer: RoleName
        ) -> Bool {
            (try? signed(bytes, authority, by: appointer)) != nil
        }

        private func signed(
            _ bytes: [UInt8], _ authority: Authority, by appointer: RoleName
        ) throws(UpdateError) -> Rotation {
            let document = try verified(
                parsed(bytes, file, JSONLimits()), file, authority, by: appointer,
                decoding: RotationFile.init
            ).document
            guard document.role == role.text else {
                throw .malformed(
                    file: file,
                    .mismatch(
                        path: "signed.role", found: quoted(document.role),
                        expected: quoted(role.text)))
            }
            guard document.version == number else {
                throw .wrongVersion(file: file, found: document.version, expected: number)
            }
            return document.rotation
        }
    }
}

/// A document of type `rotate`:
/// `{"_type": "rotate", "version": 1, "role": "a", "keys": {"id": {…}}, "threshold": 1}`.
private struct RotationFile: Sendable {
    let version: Int
    let role: UTF8Text
    let rotation: Rotation

    init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        let type = try object.required("_type")
        guard try type.text() == "rotate" else { throw type.mismatch("\"rotate\"") }
        version = try object.required("version").integer(in: 1...Int.max)
        role = try object.required("role").text()
        let threshold = try object.required("threshold").integer(in: 1...(1 << 31))
        let keys = try object.required("keys")
        // TAP 20 names a null key and does not write it down. No key at all, `null` for the keys
        // and `null` for one of them are all taken for it: each can only end the role.
        if keys.kind == .null {
            rotation = .null
            return
        }
        var entries: [Authority.Entry] = []
        var hasNull = false
        for member in try keys.object() {
            if member.value.kind == .null {
                hasNull = true
            } else {
                entries.append(Authority.Entry(KeyID(member.key), try PublicKey(member.value)))
            }
        }
        rotation =
            entries.isEmpty || hasNull ? .null : .keys(Authority(entries, threshold: threshold))
    }
}
