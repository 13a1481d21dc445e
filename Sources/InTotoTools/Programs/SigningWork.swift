// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import KeyAccess
import MetadataSigning

/// What `in-toto-sign` does with a file that it has read.
struct SigningWork {
    let call: ToolCall
    let arguments: ParsedArguments

    private var verbosity: ToolCall.Verbosity { call.verbosity(arguments) }

    /// Says why the program ends, in its own words.
    func failed(_ words: String, _ error: ToolError, _ code: Int32) -> Int32 {
        if verbosity != .quiet { call.console.errors("\(words)\(error.message)\n") }
        return code
    }

    // MARK: verifying

    /// - Returns: 0 if all of the keys signed, 1 if one did not, 2 for other failures.
    func verify(_ document: ToolDocument) -> Int32 {
        do throws(ToolError) {
            for key in try keys() {
                try document.verify(by: key.object(for: document))
                call.log(verbosity).info("Signature verification passed for keyid '\(key.id)'")
            }
            return 0
        } catch {
            return error.kind == .signatureVerificationError
                ? failed("Signature verification failed: ", error, 1)
                : failed("The following error occurred while verifying signatures: ", error, 2)
        }
    }

    private func keys() throws(ToolError) -> [ToolKey] {
        var keys: [ToolKey] = []
        for path in arguments.words("--key") ?? [] {
            keys.append(ToolKey(try PublicPEM.key(try ToolFile.read(path))))
        }
        for id in arguments.words("--gpg") ?? [] {
            keys.append(
                ToolKey(openPGP: try GPGSigner.publicKey(id, arguments.word("--gpg-home")).json))
        }
        return keys
    }

    // MARK: signing

    /// - Returns: 0, or 2 for a failure; nothing is written then.
    func sign(_ document: ToolDocument, _ payload: ToolDocument.Payload) -> Int32 {
        do throws(ToolError) {
            let (bytes, keyID) = try signed(document, payload)
            let path = try path(payload, keyID)
            call.log(verbosity).info("Dumping to '\(path)'...")
            try ToolFile.write(bytes, to: path)
            return 0
        } catch {
            return failed("The following error occurred while signing: ", error, 2)
        }
    }

    private func path(
        _ payload: ToolDocument.Payload, _ keyID: UTF8Text
    ) throws(ToolError) -> String {
        if let output = arguments.word("--output"), !output.isEmpty { return output }
        guard case .link(let link) = payload else { return arguments.word("--file") ?? "" }
        return try StepLink.path(LinkFiles.name(step: link.name, keyID: keyID), in: nil)
    }

    private func signers() throws(ToolError) -> [ToolSigner] {
        guard let paths = arguments.words("--key") else {
            let home = arguments.word("--gpg-home")
            let ids = arguments.words("--gpg") ?? []
            if ids.isEmpty { return [.gpg(GPGSigner(keyID: nil, homeDirectory: home))] }
            return ids.map { .gpg(GPGSigner(keyID: $0, homeDirectory: home)) }
        }
        let password = arguments.has("--prompt") ? try call.askedPassword() : nil
        var signers: [ToolSigner] = []
        for path in paths {
            signers.append(.key(try PrivateKeyFile.key(path, password: password)))
        }
        return signers
    }

    /// The file with new signatures, and the id of the key that made the last of them.
    private func signed(
        _ document: ToolDocument, _ payload: ToolDocument.Payload
    ) throws(ToolError) -> (bytes: [UInt8], keyID: UTF8Text) {
        var keyID: UTF8Text = ""
        let keepsOthers = arguments.has("--append")
        switch document.container {
        case .metablock(let before, _):
            let json = try payload.json()
            let message = json.canonicalBytes()
            var signatures: [JSON] = []
            if keepsOthers { for entry in before { signatures.append(try entry.canonicalTree()) } }
            for signer in try signers() {
                let (entry, id) = try signer.metablockEntry(over: message)
                signatures.append(entry)
                keyID = id
            }
            return (LinkOutput.metablock(json, signatures: signatures), keyID)
        case .envelope(let envelope):
            var signatures: [JSON] = []
            if keepsOthers {
                for entry in envelope.signatures {
                    var tree = try entry.source.canonicalTree()
                    tree.set("sig", .text(base64(entry.signature)))
                    signatures.append(tree)
                }
            }
            for signer in try signers() {
                let (entry, id) = try signer.envelopeEntry(over: envelope.payload)
                keyID = id
                if let index = signatures.firstIndex(where: { $0["keyid"] == entry["keyid"] }) {
                    signatures[index] = entry
                } else {
                    signatures.append(entry)
                }
            }
            return (LinkOutput.envelope(envelope.payload, signatures: signatures), keyID)
        }
    }
}
