// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Quick checks of the entries that a large file is made of.
///
/// "Plain" says that decoding the value cannot fail. What is not plain may still be well formed,
/// or may not: only decoding tells, and only decoding throws. So nothing here decides what is
/// refused.
enum Shape {
    /// Whether ``TargetFile`` decodes the value.
    static func isPlainTargetFile(_ value: BorrowedValue) -> Bool {
        guard value.kind == .object else { return false }
        var hasLength = false
        var hasHashes = false
        for (key, member) in value.members {
            guard let name = key.plainText else { return false }
            if equal(name, "length") {
                guard member.shortInteger != nil else { return false }
                hasLength = true
            } else if equal(name, "hashes") {
                guard isPlainHashes(member) else { return false }
                hasHashes = true
            } else if equal(name, "custom"), member.kind != .object {
                return false
            }
        }
        return hasLength && hasHashes
    }

    /// Whether ``MetaFile`` decodes the value.
    static func isPlainMetaFile(_ value: BorrowedValue) -> Bool {
        guard value.kind == .object else { return false }
        var hasVersion = false
        for (key, member) in value.members {
            guard let name = key.plainText else { return false }
            if equal(name, "version") {
                guard let version = member.shortInteger, version > 0 else { return false }
                hasVersion = true
            } else if equal(name, "length") {
                guard let length = member.shortInteger, length > 0 else { return false }
            } else if equal(name, "hashes") {
                guard isPlainHashes(member) else { return false }
            }
        }
        return hasVersion
    }

    /// The version in a plain entry of ``MetaFile``'s form; `nil` if it takes decoding.
    static func version(_ value: BorrowedValue) -> Int? {
        for (key, member) in value.members {
            guard let name = key.plainText else { return nil }
            if equal(name, "version") { return member.shortInteger }
        }
        return nil
    }

    /// Whether it holds digests of known algorithms alone, and at least one.
    private static func isPlainHashes(_ value: BorrowedValue) -> Bool {
        guard value.kind == .object else { return false }
        var count = 0
        for (key, member) in value.members {
            guard let name = key.plainText, let digest = member.plainText else { return false }
            let digits: Int
            if equal(name, "sha256") {
                digits = 64
            } else if equal(name, "sha512") {
                digits = 128
            } else if equal(name, "sha384") {
                digits = 96
            } else {
                return false
            }
            guard digest.count == digits, isLowerCaseHex(digest) else { return false }
            count += 1
        }
        return count > 0
    }

    @inline(__always)
    private static func equal(_ text: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        guard text.count == name.utf8CodeUnitCount, let base = text.baseAddress else {
            return false
        }
        for offset in 0..<text.count where base[offset] != name.utf8Start[offset] {
            return false
        }
        return true
    }
}
