// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
package import MetadataSigning

/// Hash bins described by one entry (TAP 15, TUF 1.0.34 §4.5).
public struct SuccinctRoles: Sendable {
    public let roleKeys: RoleKeys
    /// 1 to 32.
    public let bitLength: Int
    public let namePrefix: UTF8Text

    package init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        roleKeys = try RoleKeys(object)
        bitLength = try object.required("bit_length").integer(in: 1...32)
        let prefixValue = try object.required("name_prefix")
        namePrefix = try prefixValue.text()
        guard (1...180).contains(percentEncoded(namePrefix).utf8.count) else {
            throw prefixValue.mismatch("a name of 1 to 180 bytes")
        }
    }

    /// Number of bins.
    public var count: Int { 1 << bitLength }

    /// The bin that holds `path`: the first bits of its hash.
    public func bin(for path: TargetPath) -> RoleName { name(of: number(for: path)) }

    /// The number of the bin that holds `path`.
    package func number(for path: TargetPath) -> Int {
        var digest = RunningDigest(.sha256)
        return number(for: path, with: &digest)
    }

    /// The same for one of very many paths.
    ///
    /// - Parameter digest: a SHA-256 that has taken nothing, and has taken nothing afterwards.
    package func number(for path: TargetPath, with digest: inout RunningDigest) -> Int {
        SuccinctRoles.number(for: path, bitLength, with: &digest)
    }

    /// The same for bins of so many bits.
    package static func number(
        for path: TargetPath, _ bitLength: Int, with digest: inout RunningDigest
    ) -> Int {
        path.text.withBytes { digest.update(UnsafeRawBufferPointer($0)) }
        return Int(digest.finishSHA256().head >> UInt32(32 - bitLength))
    }

    /// The number of the bin of this name, or `nil` if there is none.
    package func number(of role: RoleName) -> Int? {
        namePrefix.withBytes { prefix in
            role.text.withBytes { name in
                guard name.count == prefix.count + 1 + width, name.starts(with: prefix),
                    name[prefix.count] == UInt8(ascii: "-")
                else { return nil }
                var number = 0
                for byte in name[(prefix.count + 1)...] {
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"):
                        number = number << 4 | Int(byte - UInt8(ascii: "0"))
                    case UInt8(ascii: "a")...UInt8(ascii: "f"):
                        number = number << 4 | Int(byte - UInt8(ascii: "a") + 10)
                    default: return nil
                    }
                }
                return number < count ? number : nil
            }
        }
    }

    /// `PREFIX-0a`: the number in hexadecimal digits, all of one width.
    public func name(of bin: Int) -> RoleName {
        precondition((0..<count).contains(bin), "there is no such bin")
        let name = namePrefix.withBytes { prefix in
            String(unsafeUninitializedCapacity: prefix.count + 1 + width) { output in
                var offset = output.update(fromContentsOf: prefix)
                output[offset] = UInt8(ascii: "-")
                for place in (0..<width).reversed() {
                    offset += 1
                    let digit = UInt8(bin >> (4 * place) & 15)
                    output[offset] =
                        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                }
                return offset + 1
            }
        }
        return RoleName(UTF8Text(name))
    }

    /// Hexadecimal digits of a bin's number.
    private var width: Int { (bitLength + 3) / 4 }
}
