// SPDX-License-Identifier: Apache-2.0

/// What a token needs of the person who has it.
package struct TokenInteraction: Sendable {
    /// Gives the PIN's bytes, or `nil` if there is none to be had. The array is wiped after use
    /// where the caller keeps no copy of it. It must not use the token meanwhile.
    package let pin: @Sendable (PINRequest) -> [UInt8]?
    /// Tells what to do at the device, before the call that waits for it.
    package let notice: @Sendable (TokenNotice) -> Void

    package init(
        pin: @escaping @Sendable (PINRequest) -> [UInt8]?,
        notice: @escaping @Sendable (TokenNotice) -> Void
    ) {
        self.pin = pin
        self.notice = notice
    }
}

/// Which PIN is asked for.
package struct PINRequest: Sendable, Equatable {
    package let tokenLabel: String
    /// The key that will sign; `nil` if it is not about one key.
    package let keyLabel: String?
    package let tries: PINTries
    /// Whether the one given just before was wrong.
    package let isRepeated: Bool
    /// Whether the key asks for the PIN before each signature.
    package let isForOneSignature: Bool

    package init(
        tokenLabel: String, keyLabel: String?, tries: PINTries, isRepeated: Bool = false,
        isForOneSignature: Bool = false
    ) {
        self.tokenLabel = tokenLabel
        self.keyLabel = keyLabel
        self.tries = tries
        self.isRepeated = isRepeated
        self.isForOneSignature = isForOneSignature
    }
}

package enum TokenNotice: Sendable, Equatable {
    /// The device is about to sign; many wait for a touch then, and do not tell.
    case touch(token: String, key: String)
    /// The PIN is entered at the device.
    case pinPad(token: String, tries: PINTries)
}
