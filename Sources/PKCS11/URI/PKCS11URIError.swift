// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why a text is no PKCS #11 URI that can be used here.
package enum PKCS11URIError: Error, Equatable, Sendable {
    /// It does not begin with `pkcs11:`, or for a name of securesystemslib with `hsm:`.
    case scheme(expected: String)
    case tooLong(bytes: Int, maximum: Int)
    /// What stands between two separators is no `name=value`.
    case noAttribute(String)
    case duplicate(String)
    /// A `%` without two hexadecimal digits behind it, in the value of an attribute.
    case percent(attribute: String)
    /// A character that must be percent-encoded there.
    case character(UInt8, attribute: String)
    /// An attribute of the path that nothing matches (RFC 7512 §2.4).
    case unknown(String)
    /// `pin-value`: whoever sees the URI has the PIN.
    case secret
    case value(attribute: String, found: String, expected: String)
}

extension PKCS11URIError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .scheme(let expected): "not a PKCS #11 URI, expected \(expected)"
        case .tooLong(let bytes, let maximum):
            "PKCS #11 URI: \(bytes) bytes found, at most \(maximum) expected"
        case .noAttribute(let found):
            "PKCS #11 URI: \(quoted(found)) found, name=value expected"
        case .duplicate(let name): "PKCS #11 URI: attribute \(quoted(name)) stands twice"
        case .percent(let name):
            "PKCS #11 URI: \(name): % without two hexadecimal digits"
        case .character(let byte, let name):
            "PKCS #11 URI: \(name): \(shown(byte)) found, "
                + "expected percent-encoded as %\(percentDigits(byte))"
        case .unknown(let name):
            "PKCS #11 URI: attribute \(quoted(name)) is unknown, so no key matches"
        case .secret:
            "PKCS #11 URI: pin-value found, but a URI is no place for a secret; "
                + "leave it out and be asked, or name a file with pin-source"
        case .value(let name, let found, let expected):
            "PKCS #11 URI: \(name): \(quoted(found)) found, \(expected) expected"
        }
    }
}

private func shown(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? "\"\(UnicodeScalar(byte))\"" : "byte \(byte)"
}

/// The two digits behind a `%`.
func percentDigits(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return (byte < 16 ? "0" : "") + digits
}
