// SPDX-License-Identifier: Apache-2.0

/// Why a tool of in-toto ends without success: what python's in-toto 3.1.0 would raise there, or a
/// refusal of this project alone.
package struct ToolError: Error, Equatable, Sendable {
    /// Names of python's exceptions, as its tools print them.
    package enum Kind: String, Sendable {
        case formatError = "FormatError"
        case invalidMetadata = "InvalidMetadata"
        case jsonDecodeError = "JSONDecodeError"
        case unicodeDecodeError = "UnicodeDecodeError"
        case unicodeEncodeError = "UnicodeEncodeError"
        case recursionError = "RecursionError"
        case valueError = "ValueError"
        case typeError = "TypeError"
        case keyError = "KeyError"
        case indexError = "IndexError"
        case attributeError = "AttributeError"
        /// `binascii.Error`, which calls itself so.
        case binasciiError = "Error"
        case stopIteration = "StopIteration"
        case signatureVerificationError = "SignatureVerificationError"
        case keyExpirationError = "KeyExpirationError"
        case layoutExpiredError = "LayoutExpiredError"
        case linkNotFoundError = "LinkNotFoundError"
        case thresholdVerificationError = "ThresholdVerificationError"
        case ruleVerificationError = "RuleVerificationError"
        case badReturnValueError = "BadReturnValueError"
        case prefixError = "PrefixError"
        case fileNotFoundError = "FileNotFoundError"
        case isADirectoryError = "IsADirectoryError"
        case notADirectoryError = "NotADirectoryError"
        case permissionError = "PermissionError"
        case osError = "OSError"
        case timeoutExpired = "TimeoutExpired"
        case notImplementedError = "NotImplementedError"
        case keyNotFoundError = "KeyNotFoundError"
        case eofError = "EOFError"
        /// What python takes or crashes on, and Carnet refuses; the message says why.
        case refused = "Refused"
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension ToolError: CustomStringConvertible {
    package var description: String { "\(kind.rawValue): \(message)" }
}
