// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
package import CanonicalJSON

/// What is known of how many wrong PINs the token still takes.
package enum PINTries: Sendable, Equatable {
    /// No wrong PIN since the last good one.
    case ok
    /// At least one wrong PIN since the last good one.
    case low
    /// One more wrong PIN locks the token.
    case finalTry
    /// The token takes no PIN any more.
    case locked
}

/// A token and the slot it is in.
package struct TokenInfo: Sendable, Equatable {
    package let slotID: UInt
    package let slotDescription: UTF8Text
    package let slotManufacturer: UTF8Text
    /// Whether it is a device of its own, not a program such as SoftHSM.
    package let isHardware: Bool
    package let libraryManufacturer: UTF8Text
    package let libraryDescription: UTF8Text
    package let libraryVersion: PKCS11URI.Version
    package let label: UTF8Text
    package let manufacturer: UTF8Text
    package let model: UTF8Text
    package let serial: UTF8Text
    private let flags: CK_FLAGS

    init(_ slotID: UInt, _ library: CK_INFO, _ slot: CK_SLOT_INFO, _ token: CK_TOKEN_INFO) {
        self.slotID = slotID
        slotDescription = text(slot.slotDescription)
        slotManufacturer = text(slot.manufacturerID)
        isHardware = slot.flags & CKF_HW_SLOT != 0
        libraryManufacturer = text(library.manufacturerID)
        libraryDescription = text(library.libraryDescription)
        libraryVersion = PKCS11URI.Version(
            major: library.libraryVersion.major, minor: library.libraryVersion.minor)
        label = text(token.label)
        manufacturer = text(token.manufacturerID)
        model = text(token.model)
        serial = text(token.serialNumber)
        flags = token.flags
    }

    package var isInitialized: Bool { flags & CKF_TOKEN_INITIALIZED != 0 }
    package var isWriteProtected: Bool { flags & CKF_WRITE_PROTECTED != 0 }
    package var needsLogin: Bool { flags & CKF_LOGIN_REQUIRED != 0 }
    /// Whether the user's PIN has been set.
    package var hasPIN: Bool { flags & CKF_USER_PIN_INITIALIZED != 0 }
    package var mustChangePIN: Bool { flags & CKF_USER_PIN_TO_BE_CHANGED != 0 }
    /// Whether the PIN is entered at the device.
    package var hasPINPad: Bool { flags & CKF_PROTECTED_AUTHENTICATION_PATH != 0 }

    package var tries: PINTries {
        if flags & CKF_USER_PIN_LOCKED != 0 { return .locked }
        if flags & CKF_USER_PIN_FINAL_TRY != 0 { return .finalTry }
        return flags & CKF_USER_PIN_COUNT_LOW != 0 ? .low : .ok
    }

    /// What tells it from other tokens, wherever it is plugged in.
    package var uri: PKCS11URI {
        var uri = PKCS11URI()
        uri.texts = [
            .token: label, .manufacturer: manufacturer, .model: model, .serial: serial,
        ]
        return uri
    }

    /// Whether it is the same token, whatever became of its flags.
    func isSame(as other: TokenInfo) -> Bool { uri == other.uri }

    /// Whether all attributes that the URI has of a token are this one's.
    func matches(_ uri: PKCS11URI) -> Bool {
        if let slotID = uri.slotID, slotID != self.slotID { return false }
        if let version = uri.libraryVersion, version != libraryVersion { return false }
        return uri.texts.allSatisfy { name, text in
            switch name {
            case .token: text == label
            case .manufacturer: text == manufacturer
            case .serial: text == serial
            case .model: text == model
            case .libraryManufacturer: text == libraryManufacturer
            case .libraryDescription: text == libraryDescription
            case .slotManufacturer: text == slotManufacturer
            case .slotDescription: text == slotDescription
            case .object: true
            }
        }
    }
}

extension TokenInfo: CustomStringConvertible {
    /// Label and serial number, for a message.
    package var description: String {
        guard isInitialized else { return "slot \(slotID) (not initialised)" }
        return "\(quoted(label)) (serial \(quoted(serial)))"
    }
}

/// The text in a field of fixed width, without the blanks (or, of some modules, NULs) behind it.
private func text(_ field: some BitwiseCopyable) -> UTF8Text {
    let bytes = withUnsafeBytes(of: field) { Array($0) }
    let length = bytes.lastIndex { $0 != 0x20 && $0 != 0 }.map { $0 + 1 } ?? 0
    return UTF8Text(String(decoding: bytes[..<length], as: UTF8.self))
}
