// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
public import MetadataSigning

/// The members that all four documents have (TUF 1.0.34 §4.3; dates §4.2.3).
struct CommonFields {
    let version: Int
    let expires: Instant
    let specVersion: UTF8Text

    init(_ object: JSONObject, type: UTF8Text) throws(JSONError) {
        let typeValue = try object.required("_type")
        guard try typeValue.text() == type else { throw typeValue.mismatch(quoted(type)) }
        let specValue = try object.required("spec_version")
        specVersion = try specValue.text()
        guard CommonFields.isSupported(specVersion.string) else {
            throw specValue.mismatch("a specification version 1.x")
        }
        version = try object.required("version").integer(in: 1...countLimit)
        expires = try instant(try object.required("expires"))
    }

    /// "1.0", "1.0.34" and any other 1.x.y: TUF 1.0.34 §4.3 keeps to semantic versioning.
    private static func isSupported(_ version: String) -> Bool {
        let parts = version.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts[0].elementsEqual("1".utf8)
            && parts.allSatisfy { part in
                !part.isEmpty && part.count < 10 && part.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}

/// Versions and lengths end here, so that who adds to one need not fear an overflow.
let countLimit = 1 << 62

/// A moment as metadata writes it.
package func instant(_ value: JSONValue) throws(JSONError) -> Instant {
    guard let instant = Instant(try value.text().string) else {
        throw value.mismatch("a date as in 2030-01-31T12:00:00Z")
    }
    return instant
}

/// Digests by algorithm: at least one of a known algorithm, in lower-case hexadecimal digits.
func hashes(_ value: JSONValue) throws(JSONError) -> [DigestAlgorithm: String] {
    var result: [DigestAlgorithm: String] = [:]
    for member in try value.object() {
        let digest = try member.value.text()
        guard let algorithm = DigestAlgorithm(rawValue: member.key.string) else {
            guard !digest.isEmpty else { throw member.value.mismatch("a digest") }
            continue
        }
        guard digest.count == algorithm.byteCount * 2, digest.withBytes(isLowerCaseHex) else {
            throw member.value.mismatch(
                "\(algorithm.byteCount * 2) lower-case hexadecimal digits")
        }
        result[algorithm] = digest.string
    }
    guard !result.isEmpty else { throw value.mismatch("a sha256, sha384 or sha512 digest") }
    return result
}

/// The `keys` member: key objects by key id.
func keys(_ value: JSONValue) throws(JSONError) -> [KeyID: PublicKey] {
    var keys: [KeyID: PublicKey] = [:]
    for member in try value.object() { keys[KeyID(member.key)] = try PublicKey(member.value) }
    return keys
}

/// Which keys sign a role, and how many must.
public struct RoleKeys: Sendable, Equatable {
    public let keyIDs: [KeyID]
    /// 1 to 2^31.
    public let threshold: Int

    init(_ object: JSONObject) throws(JSONError) {
        let list = try object.required("keyids")
        keyIDs = try list.texts().map(KeyID.init)
        guard Set(keyIDs).count == keyIDs.count else { throw list.mismatch("each key id once") }
        threshold = try object.required("threshold").integer(in: 1...(1 << 31))
    }

    /// These keys, looked up in `keys`. An id without a key vouches for nothing.
    func authority(_ keys: [KeyID: PublicKey]) -> Authority {
        Authority(
            keyIDs.compactMap { id in keys[id].map { Authority.Entry(id, $0) } },
            threshold: threshold)
    }
}
