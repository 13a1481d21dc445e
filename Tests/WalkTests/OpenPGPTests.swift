// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite("Keys of gpg, from the layout to the file that a consumer gets")
struct OpenPGPWalkTests {
    private let stage: Stage
    private let keyring: Keyring

    init() throws {
        stage = try Stage.withRelease()
        keyring = try Keyring()
    }

    private func gpg(_ words: [String]) throws -> Outcome {
        let outcome = try stage.run(
            [
                "gpg", "--homedir", keyring.folder, "--batch", "--quiet", "--yes",
                "--pinentry-mode", "loopback", "--passphrase", "",
            ] + words)
        guard outcome.status == 0 else { throw CommandFailed(words: words, outcome: outcome) }
        return outcome
    }

    /// A primary key with a subkey for signing; gives the URI of the key.
    private func person(_ name: String, _ algorithm: String) throws -> String {
        _ = try gpg([
            "--quick-gen-key", "\(name) <\(name)@example.org>", algorithm, "sign,cert", "3y",
        ])
        let listed = try gpg(["--with-colons", "--list-keys", "<\(name)@example.org>"])
        let line = try needed(listed.lines.first { $0.hasPrefix("fpr:") }, "fingerprint")
        let fingerprint = line.split(separator: ":").last.map(String.init) ?? ""
        _ = try gpg(["--quick-add-key", fingerprint, algorithm, "sign", "3y"])
        _ = try gpg([
            "--armor", "--output", stage.path("repository/layouts/keys/\(name).asc"), "--export",
            fingerprint,
        ])
        return "gpg:\(fingerprint)?homedir=\(keyring.folder)"
    }

    private let file = "repository/layouts/sealed.yaml"

    private let source = """
        name: sealed
        expires: 1y
        applies-to: ["demo/{version}/sealed-{version}.txt"]
        product-of: build
        threshold: 2
        signers: {dana: keys/dana.asc, erin: keys/erin.asc, alice: keys/alice.pub}
        functionaries: {dana: keys/dana.asc, erin: keys/erin.asc}
        steps:
          - name: build
            by: [dana, erin]
            threshold: 2
            materials: ["ALLOW *"]
            products: ["CREATE *.txt", "DISALLOW *"]

        """

    @Test("a layout signed with gpg, and links by two keys of gpg, are verified by a consumer")
    func release() throws {
        let dana = try person("dana", "rsa2048")
        let erin = try person("erin", "ed25519")
        try Files.write(source, to: stage.path(file))
        // One key by a name of the folder, the other by its URI.
        try stage.succeed(["key", "new", "dana", "--at", dana])
        let shown = try stage.succeed(["key", "show", "dana"])
        #expect(shown.output.contains("pgp+rsa-pkcsv1.5") && shown.output.contains("subkey"))
        #expect(shown.output.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----"), "\(shown)")
        #expect(try stage.succeed(["key", "list"]).output.contains("dana  rsa"))
        try stage.succeed(["key", "doctor", "dana", "--sign"])
        let sign = try stage.succeed(["layout", "sign", file, "--key", "dana"])
        #expect(sign.output.contains("signed by 1, 2 needed"), "\(sign)")
        #expect(sign.output.contains("may still sign: erin, alice"), "\(sign)")
        // Signing once more adds nothing.
        let again = try stage.succeed(["layout", "sign", file, "--key", "dana"])
        #expect(again.output == sign.output, "\(again)")
        try stage.succeed(["layout", "add", file, "--key", erin, "--repository", "repository"])
        try Files.makeFolder(stage.path("made"))
        for key in ["dana", erin] {
            Files.remove(stage.path("made/sealed-1.0.txt"))
            try stage.succeed(
                [
                    "run", "-n", "build", "--key", key, "-p", "sealed-1.0.txt", "-d", "../sealed",
                    "--", "sh", "-c", "echo sealed > sealed-1.0.txt",
                ], in: "made")
        }
        try stage.succeed([
            "release", "made/sealed-1.0.txt", "--repository", "repository", "--links", "sealed",
        ])
        try stage.trust(try stage.serve())
        let path = "demo/demo/1.0/sealed-1.0.txt"
        let get = try stage.succeed(["get", path, "-o", "got.txt"], home: "user")
        #expect(get.lines.first == "VERIFIED   \(path)", "\(get)")
        #expect(get.output.contains("signed by dana and erin (2 of 3 needed)"), "\(get)")
        #expect(get.output.contains("dana and erin got the same result"), "\(get)")
    }

    @Test("one link is not enough where two keys must agree, whichever subkey made it")
    func threshold() throws {
        let dana = try person("dana", "ed25519")
        let erin = try person("erin", "ed25519")
        try Files.write(source, to: stage.path(file))
        try stage.succeed(
            ["layout", "add", file, "--key", dana, erin, "--repository", "repository"])
        try Files.makeFolder(stage.path("made"))
        try stage.succeed(
            [
                "run", "-n", "build", "--key", dana, "-p", "sealed-1.0.txt", "-d", "../sealed",
                "--", "sh", "-c", "echo sealed > sealed-1.0.txt",
            ], in: "made")
        let refused = try stage.carnet([
            "release", "made/sealed-1.0.txt", "--repository", "repository", "--links", "sealed",
        ])
        #expect(refused.status == 3, "\(refused)")
        #expect(refused.lines.first?.hasSuffix("[E-STEP-THRESHOLD]") ?? false, "\(refused)")
        #expect(refused.output.contains("Found     dana only"), "\(refused)")
    }

    @Test("a key that was taken back is refused in a layout, with when")
    func revoked() throws {
        let dana = try person("dana", "ed25519")
        let erin = try person("erin", "ed25519")
        try Files.write(source, to: stage.path(file))
        let fingerprint = String(dana.dropFirst(4).prefix(40))
        let path = "\(keyring.folder)/openpgp-revocs.d/\(fingerprint).rev"
        try Files.write(
            try Files.text(path).replacing("\n:---", with: "\n---"), to: stage.path("revocation"))
        _ = try gpg(["--import", stage.path("revocation")])
        _ = try gpg([
            "--armor", "--output", stage.path("repository/layouts/keys/dana.asc"), "--export",
            fingerprint,
        ])
        try stage.expectFailure(
            ["layout", "sign", file, "--key", erin], saying: ["dana", "is revoked since 20"])
        try stage.expectFailure(
            ["run", "-n", "build", "--key", dana, "--", "true"], saying: ["is revoked since 20"])
    }

    @Test("TUF metadata takes no key of gpg, and says why")
    func metadata() throws {
        let dana = try person("dana", "ed25519")
        try stage.succeed(["key", "new", "dana", "--at", dana])
        for key in ["dana", dana] {
            try stage.expectFailure(
                [
                    "init", "other", "--name", "other", "--root", key, "--targets", "targets",
                    "--layouts", "layouts", "--online", "online",
                ], saying: ["keys of gpg sign links and layouts"])
        }
    }
}

/// A folder of gpg's outside the stage, whose agent ends with the last reference.
private final class Keyring {
    let folder: String

    init() throws {
        folder = try Files.temporaryFolder()
    }

    deinit {
        let program = Program(
            words: ["gpgconf", "--homedir", folder, "--kill", "all"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], folder: folder)
        _ = try? program.run()
        Files.remove(folder)
    }
}
