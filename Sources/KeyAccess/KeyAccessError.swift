// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning
package import OpenPGP

/// Why a private key that this program does not hold itself cannot be used.
package enum KeyAccessError: Error, Equatable, Sendable {
    /// Not the name of a private key.
    case uri(String, KeyURIFault)
    /// A key file that cannot be read; the reason is the system's.
    case unreadable(path: String, SystemReason)
    /// A key file, or a key behind another program, that cannot be used.
    case key(name: String, SigningError)
    /// The key is not the one that must sign.
    case wrongKey(expected: KeyLabel, found: KeyLabel)
    /// The signature is not one of this key over the bytes given.
    case wrongSignature(KeyLabel, holder: String)
    /// The key signs in another scheme than the one it is listed with.
    case wrongScheme(expected: String, found: String)
    /// A setting that the URI relies on is not in the environment.
    case missingVariable(String, scheme: String)
    /// No part of this program opens keys of this kind here.
    case notOpened(scheme: String)
    /// Somebody must be asked, and nobody is there.
    case nobodyToAsk(KeyUse)
    /// The person said no.
    case declined(KeyUse)
    case agent(AgentFault)
    case program(String, ProgramFault)
    case openPGP(OpenPGPFault)
}

/// A key in a message: the name people gave it, and the first digits of its key id.
package struct KeyLabel: Sendable, Equatable, CustomStringConvertible {
    package let name: String?
    package let keyID: String

    package init(name: String? = nil, keyID: String) {
        self.name = name
        self.keyID = keyID
    }

    init(_ key: PublicKey, name: String? = nil) {
        self.init(name: name, keyID: key.keyID.prefix)
    }

    package var description: String {
        guard let name else { return keyID }
        return "\(quoted(name)) (\(keyID))"
    }
}

extension KeyAccessError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .uri(let text, let fault): "key \(quoted(text)): \(fault)"
        case .unreadable(let path, let reason): "key file \(quoted(path)): \(reason)"
        case .key(let name, let error): "key \(quoted(name)): \(error)"
        case .wrongKey(let expected, let found): "wrong key: expected \(expected), found \(found)"
        case .wrongSignature(let key, let holder):
            "wrong signature: \(holder) gave one that key \(key) did not make"
        case .wrongScheme(let expected, let found):
            "the key signs with \(quoted(found)), it is listed with \(quoted(expected))"
        case .missingVariable(let name, let scheme):
            "\(scheme): keys need \(name) in the environment, it is not set"
        case .notOpened(let scheme): "\(scheme): keys cannot be used here"
        case .nobodyToAsk(let use): "\(use): nobody can be asked for the passphrase or PIN here"
        case .declined(let use): "\(use): declined"
        case .agent(let fault): "ssh-agent: \(fault)"
        case .program(let name, let fault): "program \(quoted(name)): \(fault)"
        case .openPGP(let fault): "gpg: \(fault)"
        }
    }
}

extension KeyAccessError {
    /// The error as a ``Signer`` throws it.
    var signingError: SigningError {
        if case .key(_, let error) = self { return error }
        return .notSigned(description)
    }
}
