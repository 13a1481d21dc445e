// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// What a key is wanted for: said with every question to its holder.
package struct KeyUse: Sendable, Equatable, CustomStringConvertible {
    /// The name people gave the key.
    package let keyName: String
    /// Whose key it is, if that is known.
    package let holder: String?
    /// What is being signed, as in `root version 4 of demo`.
    package let purpose: String

    package init(keyName: String, holder: String? = nil, purpose: String) {
        self.keyName = keyName
        self.holder = holder
        self.purpose = purpose
    }

    /// `key "root-1" of "Alice", for root version 4 of demo`, fit for one line.
    package var description: String {
        let owner = holder.map { " of \(quoted($0))" } ?? ""
        return "key \(quoted(keyName))\(owner), for \(quoted(purpose).dropFirst().dropLast())"
    }
}

/// How often a PIN may still be wrong before the token locks itself; tokens tell more or less.
package enum PINTries: Sendable, Equatable, CustomStringConvertible {
    /// The token does not say, or no PIN was wrong yet.
    case unknown
    /// At least one was wrong since the last right one.
    case few
    /// The next wrong PIN locks the token.
    case last
    case count(Int)

    package var description: String {
        switch self {
        case .unknown: "tries left unknown"
        case .few: "a wrong PIN was given before, few tries are left"
        case .last: "last try before the token locks"
        case .count(let count): count == 1 ? "1 try left" : "\(count) tries left"
        }
    }
}

/// How the holder of a key is talked to.
package protocol KeyDialog: Sendable {
    /// Asks for the passphrase of a key in a file.
    ///
    /// - Throws: ``KeyAccessError/nobodyToAsk(_:)``, ``KeyAccessError/declined(_:)``.
    func passphrase(_ use: KeyUse) throws(KeyAccessError) -> [UInt8]

    /// Asks for the PIN of a token.
    ///
    /// - Throws: ``KeyAccessError/nobodyToAsk(_:)``, ``KeyAccessError/declined(_:)``.
    func pin(_ use: KeyUse, triesLeft: PINTries) throws(KeyAccessError) -> [UInt8]

    /// Tells something at once that needs no answer here, such as to touch the token now.
    ///
    /// - Parameter text: one line, without a full stop.
    func notice(_ text: String)
}

/// The dialog of a program that nobody watches: every question is an error.
package struct NobodyToAsk: KeyDialog {
    package init() {}

    package func passphrase(_ use: KeyUse) throws(KeyAccessError) -> [UInt8] {
        throw .nobodyToAsk(use)
    }

    package func pin(_ use: KeyUse, triesLeft: PINTries) throws(KeyAccessError) -> [UInt8] {
        throw .nobodyToAsk(use)
    }

    package func notice(_ text: String) {}
}
