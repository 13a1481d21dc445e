// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why a key on a token cannot be used.
package enum TokenError: Error, Equatable, Sendable {
    case uri(PKCS11URIError)
    /// No module was named; those that this machine has.
    case noModule(usual: [String])
    /// No module of that name; the folder of the URI, or `nil` for the usual ones.
    case moduleName(String, folder: String?)
    case module(path: String, ModuleFault)
    /// The tokens that are there.
    case noToken(wanted: String, present: [String])
    case severalTokens(wanted: String, matching: [String])
    /// The keys that are there.
    case noKey(wanted: String, token: String, present: [String])
    case severalKeys(wanted: String, token: String, matching: [String])
    case unusableKey(key: String, token: String, reason: String)
    case pinNeeded(token: String)
    case pinSource(path: String, reason: String)
    /// `isSame`: it was wrong before and was not tried again.
    case wrongPIN(token: String, PINTries, isSame: Bool)
    case pinLocked(token: String)
    case noPIN(token: String)
    case removed(token: String)
    /// A signature that the public key does not verify.
    case wrongSignature(key: String, token: String)
    /// The key on the token is not the one that must sign.
    case wrongKey(key: String, token: String, found: String, expected: String)
    /// A key of this label or id is there already.
    case keyExists(key: String, token: String)
    /// A key that was made is not as it was asked for, and was removed again.
    case wrongNewKey(key: String, token: String, reason: String)
    /// An answer that no answer can be.
    case nonsense(token: String, TokenTask, found: String, expected: String)
    case failed(token: String, TokenTask, ReturnCode)
}

/// What a token was asked to do.
package enum TokenTask: String, Sendable {
    case slots = "list tokens"
    case session = "open a session"
    case login = "log in"
    case search = "look for keys"
    case attributes = "read a key"
    case signing = "sign"
    case generation = "make a key"
}

extension TokenError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .uri(let error): "\(error)"
        case .noModule(let usual): noModuleWords(usual)
        case .moduleName(let name, let folder):
            "PKCS #11 module \(quoted(name)): none in "
                + (folder.map { quoted($0) } ?? "the usual folders, module-path=/… expected")
        case .module(let path, let fault): "PKCS #11 module \(quoted(path)): \(fault)"
        case .noToken(let wanted, let present):
            "no token for \(wanted); \(listed(present, none: "no token is there"))"
        case .severalTokens(let wanted, let matching):
            "\(matching.count) tokens for \(wanted): \(joined(matching)); "
                + "add serial=… to the URI"
        case .noKey(let wanted, let token, let present):
            "token \(quoted(token)): no key for \(wanted); "
                + listed(present, none: "no key is there")
        case .severalKeys(let wanted, let token, let matching):
            "token \(quoted(token)): \(matching.count) keys for \(wanted): \(joined(matching))"
        case .unusableKey(let key, let token, let reason):
            "token \(quoted(token)): key \(quoted(key)): \(reason)"
        case .keyExists(let key, let token):
            "token \(quoted(token)): key \(key) is there already"
        case .wrongNewKey(let key, let token, let reason):
            "token \(quoted(token)): new key \(quoted(key)): \(reason); it was removed again"
        case .nonsense(let token, let task, let found, let expected):
            "token \(quoted(token)): \(task.rawValue): \(found) found, \(expected) expected"
        case .failed(let token, let task, let code):
            "token \(quoted(token)) does not \(task.rawValue): \(code)"
        case .wrongSignature(let key, let token):
            "wrong key: the signature of token \(quoted(token)) is not of the public key that "
                + "goes with \(quoted(key))"
        case .wrongKey(let key, let token, let found, let expected):
            "wrong key: token \(quoted(token)) has key \(found) as \(quoted(key)), "
                + "\(expected) expected"
        case .pinNeeded, .pinSource, .wrongPIN, .pinLocked, .noPIN, .removed: ownersWords
        }
    }

    /// What the token's owner has to do something about.
    private var ownersWords: String {
        switch self {
        case .pinNeeded(let token): "token \(quoted(token)): the PIN is needed"
        case .pinSource(let path, let reason): "pin-source \(quoted(path)): \(reason)"
        case .wrongPIN(let token, let tries, let isSame):
            "token \(quoted(token)): wrong PIN, "
                + (isSame ? "the same as before, not tried again; " : "") + words(tries)
        case .pinLocked(let token):
            "token \(quoted(token)): the PIN is locked; it must be unlocked with the PUK or by "
                + "the security officer"
        case .noPIN(let token): "token \(quoted(token)): no PIN has been set for the user"
        case .removed(let token): "token \(quoted(token)) was removed"
        default: ""
        }
    }
}

private func words(_ tries: PINTries) -> String {
    switch tries {
    case .ok, .low: "the token does not tell how many tries are left"
    case .finalTry: "one try is left before the token locks"
    case .locked: "the token is locked now"
    }
}

private func noModuleWords(_ usual: [String]) -> String {
    "no PKCS #11 module named: module-path=/… in the URI or the variable "
        + "\(ModuleLocation.variables[0]) expected; "
        + listed(usual, none: "none is in the usual folders", some: "on this machine")
}

private func listed(_ names: [String], none: String, some: String = "there") -> String {
    names.isEmpty ? none : "\(some): \(joined(names))"
}

/// At most ten, and how many more.
private func joined(_ names: [String]) -> String {
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    return names.prefix(10).joined(separator: ", ") + more
}
