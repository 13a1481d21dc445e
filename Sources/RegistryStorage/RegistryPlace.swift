// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A repository in a registry: `oci://registry[:port]/name[/more]`, or `oci+http://` and the same.
package struct RegistryPlace: Sendable, Equatable {
    package static let scheme = "oci://"
    /// For a registry that has no TLS.
    package static let plainScheme = "oci+http://"
    /// Bytes of the longest name with its registry (distribution-spec 1.1 leaves 255 to both).
    private static let maximumBytes = 255

    /// `registry[:port]`, in lower case.
    package let registry: String
    /// `name[/more]`.
    package let name: String
    /// Whether the place says that the registry has no TLS.
    package let isPlain: Bool

    /// - Throws: ``RegistryError/notAPlace(_:_:)``; what may be a password is not repeated.
    package init(_ text: String) throws(RegistryError) {
        // What stands before it may be a password, wherever it stands.
        guard !text.utf8.contains(UInt8(ascii: "@")) else {
            throw .notAPlace(
                RegistryPlace.scheme + "…",
                "@ found; user and password are read from a file, a digest names no repository")
        }
        isPlain = text.utf8.starts(with: RegistryPlace.plainScheme.utf8)
        let scheme = isPlain ? RegistryPlace.plainScheme : RegistryPlace.scheme
        guard text.utf8.starts(with: scheme.utf8) else {
            throw .notAPlace(quoted(text), "oci://registry/name expected")
        }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        guard rest.count <= RegistryPlace.maximumBytes else {
            throw .notAPlace(quoted(text), "at most 255 bytes expected after \(scheme)")
        }
        let registry = Array(rest.prefix { $0 != UInt8(ascii: "/") })
        let name = Array(rest.dropFirst(registry.count + 1))
        guard RegistryPlace.isRegistry(registry) else {
            throw .notAPlace(quoted(text), "a registry's host name expected, as in host:5000")
        }
        guard RegistryPlace.isName(name) else {
            throw .notAPlace(
                quoted(text),
                "a name expected after the registry: lower-case words with . _ - between, "
                    + "no tag, no slash at its end")
        }
        self.registry = lowerCased(String(decoding: registry, as: UTF8.self))
        self.name = String(decoding: name, as: UTF8.self)
    }

    private static func isRegistry(_ bytes: [UInt8]) -> Bool {
        var host = bytes[...]
        if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes.last != UInt8(ascii: "]") {
            let port = Int(String(decoding: bytes[(colon + 1)...], as: UTF8.self))
            guard let port, (1...65535).contains(port), bytes[colon + 1] != UInt8(ascii: "+") else {
                return false
            }
            host = bytes[..<colon]
        }
        if host.first == UInt8(ascii: "[") {
            return host.last == UInt8(ascii: "]") && host.count > 3
                && host.dropFirst().dropLast().allSatisfy {
                    isHexDigit($0) || ":.".utf8.contains($0)
                }
        }
        return !host.isEmpty && host.first != UInt8(ascii: "-")
            && host.allSatisfy { isAlphanumeric($0) || isUpperCase($0) || ".-".utf8.contains($0) }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/…)*` (distribution-spec 1.1, pulling manifests).
    private static func isName(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            isComponent($0)
        }
    }

    private static func isComponent(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first),
            isAlphanumeric(last)
        else { return false }
        let joints = bytes.split(whereSeparator: isAlphanumeric)
        return joints.allSatisfy { joint in
            let text = Array(joint)
            return text.allSatisfy { $0 == UInt8(ascii: "-") }
                || text == [UInt8(ascii: ".")] || text == [UInt8(ascii: "_")]
                || text == Array("__".utf8)
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isUpperCase(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        TagText.isLowerCaseHexDigit(byte) || (0x41...0x46).contains(byte)
    }
}

extension RegistryPlace: CustomStringConvertible {
    package var description: String {
        "\(isPlain ? RegistryPlace.plainScheme : RegistryPlace.scheme)\(registry)/\(name)"
    }
}
