// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import KeyAccess
import MetadataSigning
import Synchronization

/// Asks whoever holds a key: passphrases as for keys of one's own, PINs at the terminal, from a
/// descriptor, or from the variable `CARNET_PIN`.
final class KeyHolderDialog: KeyDialog {
    private let passphrases: PassphraseSource
    private let pinDescriptor: Int32?
    private let known = Mutex<[UInt8]?>(nil)

    init(passphrases: PassphraseSource, pinDescriptor: Int32?) {
        self.passphrases = passphrases
        self.pinDescriptor = pinDescriptor
    }

    func passphrase(_ use: KeyUse) throws(KeyAccessError) -> [UInt8] {
        do { return try passphrases.passphrase(use.keyName) } catch {
            throw .nobodyToAsk(use)
        }
    }

    func pin(_ use: KeyUse, triesLeft: PINTries) throws(KeyAccessError) -> [UInt8] {
        // The try that locks the token is made by nobody but the person.
        let isLast = triesLeft == .last
        if let pinDescriptor, !isLast {
            return try known.withLock { known throws(KeyAccessError) in
                if let known { return known }
                guard let line = Terminal.line(pinDescriptor), !line.isEmpty else {
                    throw .nobodyToAsk(use)
                }
                if pinDescriptor > 2 { close(pinDescriptor) }
                known = line
                return line
            }
        }
        if let value = Home.variable("CARNET_PIN"), !isLast { return Array(value.utf8) }
        let tries = triesLeft == .unknown ? "" : " (\(triesLeft))"
        guard let pin = Terminal.secret("PIN for \(use)\(tries): ") else {
            throw .nobodyToAsk(use)
        }
        if pin.isEmpty { throw .declined(use) }
        return pin
    }

    func notice(_ text: String) { Output.remark(text) }
}
