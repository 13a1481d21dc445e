// SPDX-License-Identifier: Apache-2.0
import Glibc
import KeyAccess
import MetadataSigning
import Synchronization

let use = KeyUse(keyName: "root-1", holder: "Alice", purpose: "root version 4 of demo")

/// A person who knows one passphrase, and remembers what was said.
final class TestDialog: KeyDialog {
    private let secret: String?
    private let onNotice: @Sendable () -> Void
    private let said = Mutex<[String]>([])

    /// - Parameter onNotice: what the person does when told something.
    init(passphrase: String? = nil, onNotice: @escaping @Sendable () -> Void = {}) {
        secret = passphrase
        self.onNotice = onNotice
    }

    /// Everything that was asked or told.
    var words: [String] { said.withLock { $0 } }

    func passphrase(_ use: KeyUse) throws(KeyAccessError) -> [UInt8] {
        said.withLock { $0.append("passphrase of \(use)") }
        guard let secret else { throw .declined(use) }
        return Array(secret.utf8)
    }

    func pin(_ use: KeyUse, triesLeft: PINTries) throws(KeyAccessError) -> [UInt8] {
        throw .declined(use)
    }

    func notice(_ text: String) {
        said.withLock { $0.append(text) }
        onNotice()
    }
}

/// Whether a signature is one of the key over the message.
func verifies(_ signature: [UInt8], _ message: [UInt8], _ key: PublicKey) -> Bool {
    message.withUnsafeBytes { key.verifies(signature, over: $0) }
}

/// Variables that programs started by tests need.
func testEnvironment() -> ProcessEnvironment {
    ProcessEnvironment(["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"])
}

let message = Array("{\"_type\":\"root\",\"version\":4}".utf8)
