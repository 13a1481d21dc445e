// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// The rotations of roles' keys that a snapshot lists (TAP 8, TAP 20), as the client follows
/// them: `rotate/ROLE.rotate.N`.
struct AuditRotations: Sendable {
    private let context: AuditContext
    private let listed: [UTF8Text: [Int: MetaFile]]

    init(_ context: AuditContext, _ snapshot: Snapshot?) {
        self.context = context
        var listed: [UTF8Text: [Int: MetaFile]] = [:]
        for (name, file) in snapshot?.files ?? [] {
            guard let (role, number) = AuditRotations.parts(of: name) else { continue }
            listed[role, default: [:]][number] = file
        }
        self.listed = listed
    }

    /// `rotate/a/b.rotate.12` is number 12 of role `a/b`.
    static func parts(of name: UTF8Text) -> (role: UTF8Text, number: Int)? {
        let bytes = Array(name.utf8)
        let (prefix, infix) = (Array("rotate/".utf8), Array(".rotate.".utf8))
        let digits = bytes.reversed().prefix { (0x30...0x39).contains($0) }.count
        let end = bytes.count - digits
        guard bytes.starts(with: prefix), (1...9).contains(digits), bytes[end] != 0x30,
            end > prefix.count + infix.count,
            bytes[..<end].suffix(infix.count).elementsEqual(infix),
            let number = Int(String(decoding: bytes[end...], as: UTF8.self))
        else { return nil }
        let role = bytes[prefix.count..<end - infix.count]
        return (UTF8Text(String(decoding: role, as: UTF8.self)), number)
    }

    static func fileName(_ role: RoleName, _ number: Int) -> String {
        "rotate/\(role.encoded).rotate.\(number)"
    }

    /// Whose signatures count for a role now; `nil` if nobody's do, or that cannot be told.
    func authority(
        of role: RoleName, from first: Authority, by appointer: String
    ) async -> (authority: Authority?, findings: [Finding]) {
        guard let numbers = listed[role.text] else { return (first, []) }
        var authority = first
        for number in 1...numbers.count {
            let name = AuditRotations.fileName(role, number)
            guard let expected = numbers[number] else {
                return (
                    nil,
                    [
                        Finding(
                            .notInSnapshot, name,
                            "is not listed in the snapshot, but its successor: nobody can tell "
                                + "the role's keys", remedy: "sign the snapshot anew")
                    ]
                )
            }
            let bytes: [UInt8]
            switch await context.fetch(name, maximumBytes: context.limits.rotationBytes) {
            case .bytes(let read): bytes = read
            case .absent: return (nil, [.missing(name, listedBy: "snapshot.json")])
            case .failed(let finding): return (nil, [finding])
            }
            switch follow(bytes, name, expected, (role, number), authority, by: appointer) {
            case .success(let next?): authority = next
            case .success(nil):
                return (
                    nil,
                    [
                        Finding(
                            .roleRevoked, role.shownFile, "was ended by its own keys",
                            remedy: "delegate its paths to another role, then remove this one: "
                                + "carnet role remove \(role)")
                    ]
                )
            case .failure(let refusal): return (nil, [refusal.finding])
            }
        }
        return (authority, [])
    }

    /// - Returns: the next keys; `nil` if there are none.
    private func follow(
        _ bytes: [UInt8], _ name: String, _ expected: MetaFile,
        _ place: (role: RoleName, number: Int), _ authority: Authority, by appointer: String
    ) -> Result<Authority?, AuditRefusal> {
        if let finding = context.mismatches(bytes, name, expected).first {
            return .failure(AuditRefusal(finding))
        }
        return context.parse(bytes, name).flatMap { file in
            if let finding = context.unsigned(file, name, authority, by: appointer) {
                return .failure(AuditRefusal(finding))
            }
            return context.decode(file, name) { value throws(JSONError) in
                try AuditRotations.keys(value, place)
            }
        }
    }

    private static func keys(
        _ value: JSONValue, _ place: (role: RoleName, number: Int)
    ) throws(JSONError) -> Authority? {
        let object = try value.object()
        let role = try object.required("role")
        guard try role.text() == place.role.text else {
            throw role.mismatch(quoted(place.role.text))
        }
        let version = try object.required("version")
        guard try version.integer() == place.number else {
            throw version.mismatch("\(place.number)")
        }
        let threshold = try object.required("threshold").integer(in: 1...(1 << 31))
        let keys = try object.required("keys")
        if keys.kind == .null { return nil }
        var entries: [Authority.Entry] = []
        for member in try keys.object() {
            if member.value.kind == .null { return nil }
            entries.append(Authority.Entry(KeyID(member.key), try PublicKey(member.value)))
        }
        return entries.isEmpty ? nil : Authority(entries, threshold: threshold)
    }
}
