// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON
import Synchronization

/// A token that is plugged in, or one that SoftHSM keeps in a file.
///
/// Its session is opened when it is first needed and kept for all signatures, so the PIN is
/// asked for once; with the last reference it ends. One thread at a time uses it.
package final class Token: Sendable {
    private let session: Mutex<TokenSession>
    /// The token as it was found.
    package let info: TokenInfo
    private let modulePath: String?
    private let moduleName: String?

    /// Finds the one token that the URI names.
    ///
    /// - Parameters:
    ///   - uri: as a user wrote it: its module is run in this process.
    ///   - module: path of the module, in place of the URI's.
    ///   - environment: the value of a variable that may name the module.
    /// - Throws: ``TokenError/noToken(wanted:present:)``, `.severalTokens`, `.noModule`,
    ///   `.moduleName`, `.module`.
    package init(
        _ uri: PKCS11URI, module: String? = nil, interaction: TokenInteraction,
        environment: (String) -> String? = ModuleLocation.variable
    ) throws(TokenError) {
        let module = try Module(
            path: ModuleLocation.path(given: module, for: uri, environment: environment))
        let present = try module.slots().filter(\.isInitialized)
        let matching = present.filter { $0.matches(uri) }
        guard let info = matching.first else {
            throw .noToken(wanted: uri.tokenWords, present: present.map(\.description))
        }
        guard matching.count == 1 else {
            throw .severalTokens(
                wanted: uri.tokenWords, matching: matching.map(\.description))
        }
        self.info = info
        modulePath = uri.modulePath
        moduleName = uri.moduleName
        session = Mutex(TokenSession(module, info, interaction, pinSource: uri.pinSource))
    }

    deinit { session.withLock { $0.close() } }

    /// The one key that the URI names, by `object`, `id` and `type`.
    ///
    /// - Throws: ``TokenError/noKey(wanted:token:present:)``, `.severalKeys`, `.unusableKey`, and
    ///   what a login throws if the key does not show itself without one.
    package func key(_ uri: PKCS11URI) throws(TokenError) -> TokenKey {
        let (reference, publicKey) = try withSession { session throws(TokenError) in
            try session.find(uri)
        }
        return try TokenKey(self, reference, publicKey)
    }

    /// All keys that can be seen, which without a login may not be all.
    package func keys() throws(TokenError) -> [TokenKeyDescription] {
        try withSession { session throws(TokenError) in
            try session.closingOnFailure { session throws(TokenError) in
                var result: [TokenKeyDescription] = []
                for key in try session.catalog() { result.append(try session.describe(key)) }
                return result
            }
        }
    }

    /// The URI of a key on this token, with the module as it was named.
    func uri(label: String, id: [UInt8]) -> PKCS11URI {
        var uri = info.uri
        if !label.isEmpty { uri.texts[.object] = .init(label) }
        if !id.isEmpty { uri.id = id }
        uri.modulePath = modulePath
        uri.moduleName = moduleName
        return uri
    }

    func withSession<Result: Sendable>(
        _ body: (inout TokenSession) throws(TokenError) -> Result
    ) throws(TokenError) -> Result {
        try session.withLock { session throws(TokenError) in try body(&session) }
    }
}

extension PKCS11URI {
    /// What the URI says of the token, in its own form.
    fileprivate var tokenWords: String {
        var uri = self
        uri.texts[.object] = nil
        uri.id = nil
        uri.type = nil
        uri.modulePath = nil
        uri.moduleName = nil
        uri.pinSource = nil
        return "\(uri)"
    }
}
