// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@Suite("What one of Carnet and python's in-toto 3.1.0 signs, the other verifies")
struct CrossTests {
    /// How a private key may stand in its file: openssl's words to write it so.
    private static let forms = [
        "PKCS#8": "openssl pkcs8 -topk8 -nocrypt -in made -out key",
        "PKCS#8, locked": "openssl pkcs8 -topk8 -in made -passout pass:pw -out key",
        "PKCS#8, locked with scrypt":
            "openssl pkcs8 -topk8 -scrypt -in made -passout pass:pw -out key",
        "the older form": "openssl pkey -traditional -in made -out key",
        "the older form, locked":
            "openssl pkey -traditional -in made -aes256 -passout pass:pw -out key",
    ]

    private static let kinds = [
        "RSA:2048": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "P-256": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "P-384": "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "P-521": "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "ed25519": "-algorithm ed25519",
    ]

    static let cases =
        kinds.keys.sorted().map { ($0, "PKCS#8") }
        + forms.keys.sorted().map { ($0.hasPrefix("the older") ? "P-256" : "ed25519", $0) }

    @Test("links and layouts, in both containers, by a key of any kind and form", arguments: cases)
    func key(kind: String, form: String) throws {
        let setup = """
            openssl genpkey \(Self.kinds[kind] ?? "") -out made
            \(Self.forms[form] ?? "")
            openssl pkey -in made -pubout -out key.pub
            """
        let password = form.contains("locked") ? " -P pw" : ""
        let folder = try TestFolder()
        try prepare(folder.path, setup)
        for (signer, verifier) in [(Side.python, Side.carnet), (.carnet, .python)] {
            for dsse in ["", " --use-dsse"] {
                try expect(
                    0, "in-toto-run -n a --signing-key key\(password)\(dsse) -m a -x", signer,
                    folder.path)
                try expect(0, "sh -c 'mv a.*.link link'", signer, folder.path)
                try expect(0, "in-toto-sign -f link -k key.pub --verify", verifier, folder.path)
                try expect(1, "in-toto-sign -f link -k other.pub --verify", verifier, folder.path)
                try expect(
                    0, "in-toto-record start -n r --signing-key key\(password)\(dsse) -m a",
                    signer, folder.path)
                try expect(
                    0, "in-toto-record stop -n r --signing-key key\(password) -p a", verifier,
                    folder.path)
            }
            if password.isEmpty {
                try expect(0, "in-toto-sign -f layout -k key", signer, folder.path)
                try expect(
                    0, "in-toto-verify -l layout --verification-keys key.pub", verifier,
                    folder.path)
            }
        }
    }

    private func prepare(_ folder: String, _ setup: String) throws {
        mkdir("\(folder)/work", 0o755)
        let outcome = run(
            ["sh", "-e", "-c", "\(Scenario.common)\n\(setup)"], in: "\(folder)/work",
            path: "/usr/bin", scratch: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func expect(
        _ status: Int32, _ line: String, _ side: Side, _ folder: String
    ) throws {
        let programs = try side.programs("\(folder)/programs")
        let outcome = run(
            Scenario.words(of: line), in: "\(folder)/work", path: programs, scratch: folder)
        #expect(outcome.status == status, "\(side): \(line): \(outcome.errors)")
    }

    @Test("keys of gpg", arguments: ["rsa2048", "ed25519"])
    func gpg(kind: String) throws {
        let folder = try TestFolder()
        let home = "\(folder.path)/gpg"
        mkdir(home, 0o700)
        try prepare(
            folder.path,
            """
            gpg --homedir \(home) --batch --quiet --passphrase '' --pinentry-mode loopback \
            --quick-gen-key 'a <a@example.org>' \(kind) sign,cert 0
            """)
        defer {
            _ = run(
                ["gpgconf", "--homedir", home, "--kill", "all"], in: folder.path, path: "/usr/bin",
                scratch: folder.path)
        }
        let list = run(
            ["gpg", "--homedir", home, "--with-colons", "--list-keys"], in: folder.path,
            path: "/usr/bin", scratch: folder.path)
        let line = list.output.split(separator: "\n").first { $0.hasPrefix("fpr") } ?? ""
        let id = String(line.split(separator: ":").last ?? "").lowercased()
        for (signer, verifier) in [(Side.python, Side.carnet), (.carnet, .python)] {
            for choice in ["-g \(id)", "-g \(id.suffix(16))", "-g"] {
                try expect(
                    0, "in-toto-run -n a -m a -x --gpg-home \(home) \(choice)", signer, folder.path)
                try expect(
                    0,
                    "in-toto-sign -f a.\(id.prefix(8)).link -g \(id) --gpg-home \(home) --verify",
                    verifier, folder.path)
                try expect(
                    0, "in-toto-record start -n r -m a --gpg-home \(home) \(choice)", signer,
                    folder.path)
                try expect(
                    0, "in-toto-record stop -n r -p a --gpg-home \(home) \(choice)", verifier,
                    folder.path)
                try expect(
                    0, "in-toto-sign -f layout --gpg-home \(home) \(choice)", signer, folder.path)
                try expect(
                    0, "in-toto-verify -l layout --gpg-home \(home) -g \(id)", verifier,
                    folder.path)
            }
            try expect(2, "in-toto-sign -f layout -g zz --gpg-home \(home)", signer, folder.path)
            try expect(
                1, "in-toto-verify -l layout --gpg-home \(home) -g aaaaaaaa", signer, folder.path)
            try expect(
                1, "in-toto-run -n a -x --use-dsse --gpg-home \(home) -g", signer, folder.path)
        }
    }
}
