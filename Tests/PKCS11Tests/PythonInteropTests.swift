// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import PKCS11
import Testing

extension SoftHSMTests {
    /// The virtual environment that the project's set-up makes has securesystemslib.
    @Suite("securesystemslib reads what a token signs")
    struct PythonInterop {
        private static let script = """
            import json, sys
            from securesystemslib.signer import SSlibKey, Signature
            key = json.load(open(sys.argv[1]))
            key = SSlibKey(sys.argv[2], key["keytype"], key["scheme"], key["keyval"])
            data = open(sys.argv[3], "rb").read()
            key.verify_signature(Signature(key.keyid, sys.argv[4]), data)
            try:
                key.verify_signature(Signature(key.keyid, sys.argv[4]), data + b"x")
            except Exception:
                print("verified")
            """

        @Test(arguments: [KeyKind.ed25519, .ecdsaP256, .ecdsaP384, .rsa3072])
        func verifies(kind: KeyKind) throws {
            let python = "\(root)/.build/venv/bin/python3"
            guard access(python, X_OK) == 0 else {
                throw Program.Failure(
                    description: "\(python): not found, expected after `make setup-test`")
            }
            let store = try SoftHSM(tokens: ["made"])
            let key = try Token(
                softHSM("made"), interaction: Person(SoftHSM.pin).interaction
            ).makeKey(kind, label: "root")
            let message = "what is signed"
            try write(
                String(decoding: key.publicKey.json.compactBytes(), as: UTF8.self),
                to: "\(store.folder)/key.json")
            try write(message, to: "\(store.folder)/message")
            let signature = try key.sign(Array(message.utf8))
            let output = try Program.run([
                python, "-W", "ignore", "-c", Self.script, "\(store.folder)/key.json",
                key.publicKey.keyID.text.string, "\(store.folder)/message", hex(signature),
            ])
            #expect(output == "verified\n")
        }
    }
}
