// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import MetadataSigning

/// A key whose private half is on a token.
package struct TokenKey: Signer {
    package let publicKey: PublicKey
    /// Keeps the session open.
    package let token: Token
    private let reference: KeyReference
    private let scheme: TokenScheme

    init(
        _ token: Token, _ reference: KeyReference, _ publicKey: PublicKey
    ) throws(TokenError) {
        guard let scheme = TokenScheme(publicKey) else {
            throw .unusableKey(
                key: reference.label, token: token.info.label.string,
                reason: "scheme \(publicKey.scheme.string) is not one a token signs with here")
        }
        self.publicKey = publicKey
        self.token = token
        self.reference = reference
        self.scheme = scheme
    }

    /// Opens the token of a URI and finds its key.
    ///
    /// - Throws: what ``Token/init(_:module:interaction:environment:)`` and ``Token/key(_:)`` throw.
    package init(
        _ uri: PKCS11URI, module: String? = nil, interaction: TokenInteraction,
        environment: (String) -> String? = ModuleLocation.variable
    ) throws(TokenError) {
        let token = try Token(
            uri, module: module, interaction: interaction, environment: environment)
        self = try token.key(uri)
    }

    package var label: String { reference.label }

    /// CKA_ID.
    package var id: [UInt8] { reference.name.id }

    /// Names this key on this token and no other.
    package var uri: PKCS11URI { token.uri(label: label, id: id) }

    /// The same key under the scheme that a role lists it with.
    ///
    /// - Throws: ``TokenError/wrongKey(key:token:found:expected:)`` if it is another key.
    package func signing(as listed: PublicKey) throws(TokenError) -> TokenKey {
        guard let material = listed.material, material == publicKey.material else {
            throw .wrongKey(
                key: label, token: token.info.label.string, found: shown(publicKey.keyID),
                expected: shown(listed.keyID))
        }
        return try TokenKey(token, reference, listed)
    }

    package func sign(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
        do {
            return try signature(over: message)
        } catch {
            throw .notSigned("\(error)")
        }
    }

    /// A signature that ``publicKey`` has verified.
    ///
    /// - Throws: ``TokenError/wrongSignature(key:token:)`` if it does not verify, `.wrongPIN`,
    ///   `.pinLocked`, `.pinNeeded`, `.noKey`, `.removed`, `.failed` and the like.
    package func signature(over message: [UInt8]) throws(TokenError) -> [UInt8] {
        let signature = try token.withSession { session throws(TokenError) in
            try session.sign(message, scheme, with: reference)
        }
        guard message.withUnsafeBytes({ publicKey.verifies(signature, over: $0) }) else {
            throw .wrongSignature(key: label, token: token.info.label.string)
        }
        return signature
    }
}
