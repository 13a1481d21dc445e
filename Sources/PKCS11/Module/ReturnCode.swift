// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11

/// What a function of a module returned.
package struct ReturnCode: Error, Equatable, Sendable {
    package let number: UInt

    package init(_ number: UInt) { self.number = number }

    /// Whether the token or the session is gone.
    var isRemoval: Bool {
        switch number {
        case CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED,
            CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_SLOT_ID_INVALID:
            true
        default: false
        }
    }
}

extension ReturnCode: CustomStringConvertible {
    package var description: String {
        guard let (name, words) = names[number] else {
            return "return code 0x\(String(number, radix: 16))"
        }
        return words.isEmpty ? name : "\(words) (\(name))"
    }
}

private let names: [UInt: (name: String, words: String)] = [
    CKR_CANCEL: ("CKR_CANCEL", "canceled"),
    CKR_HOST_MEMORY: ("CKR_HOST_MEMORY", "out of memory"),
    CKR_SLOT_ID_INVALID: ("CKR_SLOT_ID_INVALID", "the slot is gone"),
    CKR_GENERAL_ERROR: ("CKR_GENERAL_ERROR", "the module gives no reason"),
    CKR_FUNCTION_FAILED: ("CKR_FUNCTION_FAILED", "the module gives no reason"),
    CKR_ARGUMENTS_BAD: ("CKR_ARGUMENTS_BAD", ""),
    CKR_CANT_LOCK: ("CKR_CANT_LOCK", "the module cannot be used by several threads"),
    CKR_ATTRIBUTE_READ_ONLY: ("CKR_ATTRIBUTE_READ_ONLY", ""),
    CKR_ATTRIBUTE_SENSITIVE: ("CKR_ATTRIBUTE_SENSITIVE", ""),
    CKR_ATTRIBUTE_TYPE_INVALID: ("CKR_ATTRIBUTE_TYPE_INVALID", ""),
    CKR_ATTRIBUTE_VALUE_INVALID: ("CKR_ATTRIBUTE_VALUE_INVALID", ""),
    CKR_DATA_INVALID: ("CKR_DATA_INVALID", "the token does not take what is to be signed"),
    CKR_DATA_LEN_RANGE: ("CKR_DATA_LEN_RANGE", "too long for the token"),
    CKR_DEVICE_ERROR: ("CKR_DEVICE_ERROR", "the device reports an error"),
    CKR_DEVICE_MEMORY: ("CKR_DEVICE_MEMORY", "the device is full"),
    CKR_DEVICE_REMOVED: ("CKR_DEVICE_REMOVED", "the device was removed"),
    CKR_FUNCTION_CANCELED: ("CKR_FUNCTION_CANCELED", "canceled, or not touched in time"),
    CKR_FUNCTION_NOT_SUPPORTED: ("CKR_FUNCTION_NOT_SUPPORTED", "the module cannot do it"),
    CKR_KEY_HANDLE_INVALID: ("CKR_KEY_HANDLE_INVALID", "the key is gone"),
    CKR_KEY_SIZE_RANGE: ("CKR_KEY_SIZE_RANGE", "the token does not do keys of this size"),
    CKR_KEY_TYPE_INCONSISTENT: ("CKR_KEY_TYPE_INCONSISTENT", "the key is of another type"),
    CKR_KEY_FUNCTION_NOT_PERMITTED: (
        "CKR_KEY_FUNCTION_NOT_PERMITTED", "the key is not for signing"
    ),
    CKR_MECHANISM_INVALID: ("CKR_MECHANISM_INVALID", "the token lacks the mechanism"),
    CKR_MECHANISM_PARAM_INVALID: (
        "CKR_MECHANISM_PARAM_INVALID", "the token does not do this form of the mechanism"
    ),
    CKR_OBJECT_HANDLE_INVALID: ("CKR_OBJECT_HANDLE_INVALID", "the object is gone"),
    CKR_OPERATION_ACTIVE: ("CKR_OPERATION_ACTIVE", "another operation is under way"),
    CKR_OPERATION_NOT_INITIALIZED: ("CKR_OPERATION_NOT_INITIALIZED", ""),
    CKR_PIN_INCORRECT: ("CKR_PIN_INCORRECT", "wrong PIN"),
    CKR_PIN_INVALID: ("CKR_PIN_INVALID", "characters that no PIN has"),
    CKR_PIN_LEN_RANGE: ("CKR_PIN_LEN_RANGE", "too long or too short for a PIN"),
    CKR_PIN_EXPIRED: ("CKR_PIN_EXPIRED", "the PIN has expired and must be changed"),
    CKR_PIN_LOCKED: ("CKR_PIN_LOCKED", "the PIN is locked"),
    CKR_SESSION_CLOSED: ("CKR_SESSION_CLOSED", "the session was closed"),
    CKR_SESSION_COUNT: ("CKR_SESSION_COUNT", "too many programs use the token"),
    CKR_SESSION_HANDLE_INVALID: ("CKR_SESSION_HANDLE_INVALID", "the session was closed"),
    CKR_SESSION_READ_ONLY: ("CKR_SESSION_READ_ONLY", ""),
    CKR_TEMPLATE_INCOMPLETE: ("CKR_TEMPLATE_INCOMPLETE", ""),
    CKR_TEMPLATE_INCONSISTENT: ("CKR_TEMPLATE_INCONSISTENT", ""),
    CKR_TOKEN_NOT_PRESENT: ("CKR_TOKEN_NOT_PRESENT", "the token was removed"),
    CKR_TOKEN_NOT_RECOGNIZED: ("CKR_TOKEN_NOT_RECOGNIZED", "the token is not recognised"),
    CKR_TOKEN_WRITE_PROTECTED: ("CKR_TOKEN_WRITE_PROTECTED", "the token is write-protected"),
    CKR_USER_ALREADY_LOGGED_IN: ("CKR_USER_ALREADY_LOGGED_IN", ""),
    CKR_USER_NOT_LOGGED_IN: ("CKR_USER_NOT_LOGGED_IN", "not logged in"),
    CKR_USER_PIN_NOT_INITIALIZED: ("CKR_USER_PIN_NOT_INITIALIZED", "no PIN has been set"),
    CKR_USER_TYPE_INVALID: ("CKR_USER_TYPE_INVALID", ""),
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN: (
        "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "somebody else is logged in"
    ),
    CKR_RANDOM_NO_RNG: ("CKR_RANDOM_NO_RNG", "the token makes no random numbers"),
    CKR_DOMAIN_PARAMS_INVALID: (
        "CKR_DOMAIN_PARAMS_INVALID", "the token does not do this curve"
    ),
    CKR_CURVE_NOT_SUPPORTED: ("CKR_CURVE_NOT_SUPPORTED", "the token does not do this curve"),
    CKR_BUFFER_TOO_SMALL: ("CKR_BUFFER_TOO_SMALL", "an answer longer than can be"),
    CKR_CRYPTOKI_NOT_INITIALIZED: (
        "CKR_CRYPTOKI_NOT_INITIALIZED", "the module was ended by another part of the program"
    ),
    CKR_CRYPTOKI_ALREADY_INITIALIZED: ("CKR_CRYPTOKI_ALREADY_INITIALIZED", ""),
    CKR_FUNCTION_REJECTED: ("CKR_FUNCTION_REJECTED", "refused at the device"),
]
