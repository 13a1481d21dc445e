// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// A key that is the same in each run, and the id under which it is listed and signs.
package struct TestKey: Sendable {
    package let id: KeyID
    package let key: PrivateKey

    /// The ed25519 key that belongs to a name, under its usual id.
    package init(_ name: String) {
        let seed = DigestAlgorithm.sha256.digest(of: Array(name.utf8))
        do throws(SigningError) {
            key = try PrivateKey(ed25519Seed: seed)
        } catch {
            preconditionFailure("\(error)")
        }
        id = key.publicKey.keyID
    }

    /// Any key, under any id.
    package init(_ id: KeyID, _ key: PrivateKey) {
        self.id = id
        self.key = key
    }

    /// The same key under another id.
    package func listed(as id: KeyID) -> TestKey { TestKey(id, key) }

    /// An entry of `signatures`.
    package func sign(_ message: [UInt8]) -> JSON {
        do throws(SigningError) {
            return ["keyid": .string(id.text), "sig": .text(hex(try key.sign(message)))]
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension Authority {
    /// Whose signatures count where these keys are listed.
    package init(_ keys: [TestKey], threshold: Int = 1) {
        self.init(
            keys.map { Entry($0.id, $0.key.publicKey) }, threshold: threshold)
    }
}

extension Instant {
    /// The moment at which tests take place.
    package static let testTime = Instant(seconds: 1_900_000_000)
}
