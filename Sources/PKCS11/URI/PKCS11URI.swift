// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// Which key on which token, by the attributes that it must have (RFC 7512):
/// `pkcs11:token=alice;object=root;id=%01?module-path=/usr/lib/softhsm/libsofthsm2.so`.
///
/// An attribute that is left out matches everything. `module-path` and `module-name` say whose
/// code will run in this process, so a URI that a stranger wrote must not be opened.
package struct PKCS11URI: Sendable, Equatable {
    /// The attributes of the path that are text, in the order they are written.
    package enum Text: String, Sendable, CaseIterable {
        case token, manufacturer, serial, model
        case libraryManufacturer = "library-manufacturer"
        case libraryDescription = "library-description"
        case slotManufacturer = "slot-manufacturer"
        case slotDescription = "slot-description"
        case object
    }

    /// The class of the object that `object` and `id` are of.
    package enum ObjectType: String, Sendable, CaseIterable {
        case `public`, `private`, cert
    }

    package struct Version: Sendable, Equatable {
        package let major: UInt8
        package let minor: UInt8

        package init(major: UInt8, minor: UInt8) {
            self.major = major
            self.minor = minor
        }
    }

    package var texts: [Text: UTF8Text] = [:]
    package var libraryVersion: Version?
    package var slotID: UInt?
    /// The bytes of `CKA_ID`.
    package var id: [UInt8]?
    package var type: ObjectType?
    /// The module itself, or the folder that `moduleName` is in.
    package var modulePath: String?
    /// The name of a module without `lib` before and `.so` behind it.
    package var moduleName: String?
    /// Path of the file that holds the PIN.
    package var pinSource: String?
    /// Attributes of the query that are unknown and do nothing (RFC 7512 §2.4).
    package var ignored: [String] = []

    package init() {}

    package init(token: String? = nil, object: String? = nil, id: [UInt8]? = nil) {
        if let token { texts[.token] = UTF8Text(token) }
        if let object { texts[.object] = UTF8Text(object) }
        self.id = id
    }
}

extension PKCS11URI: CustomStringConvertible {
    /// The URI in its normal form.
    package var description: String {
        var path: [String] = []
        for name in Text.allCases where name != .object { append(name, to: &path) }
        if let libraryVersion {
            path.append("library-version=\(libraryVersion.major).\(libraryVersion.minor)")
        }
        if let slotID { path.append("slot-id=\(slotID)") }
        append(.object, to: &path)
        if let id { path.append("id=" + id.map { "%" + percentDigits($0) }.joined()) }
        if let type { path.append("type=\(type.rawValue)") }

        var query: [String] = []
        if let modulePath { query.append("module-path=" + encoded(modulePath.utf8, "/:")) }
        if let moduleName { query.append("module-name=" + encoded(moduleName.utf8)) }
        if let pinSource { query.append("pin-source=file:" + encoded(pinSource.utf8, "/:")) }
        let tail = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        return "pkcs11:" + path.joined(separator: ";") + tail
    }

    private func append(_ name: Text, to path: inout [String]) {
        if let text = texts[name] { path.append("\(name.rawValue)=" + encoded(text.utf8)) }
    }

    /// Unreserved characters (RFC 3986 §2.3) and those of `kept` stay.
    private func encoded(_ bytes: some Sequence<UInt8>, _ kept: String = "") -> String {
        var result = ""
        for byte in bytes {
            if isUnreserved(byte) || kept.utf8.contains(byte) {
                result.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                result += "%" + percentDigits(byte)
            }
        }
        return result
    }
}

/// Letters, digits and `-._~`.
func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._~".utf8.contains(byte)
    }
}
