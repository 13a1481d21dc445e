// SPDX-License-Identifier: Apache-2.0

/// The key that a command line asks for: `--signing-key` or `--gpg`, exactly one.
struct SigningChoice {
    let call: ToolCall
    let arguments: ParsedArguments

    /// Whether exactly one is given; an empty word is none.
    var isClear: Bool {
        let hasKey = !(arguments.word("--signing-key") ?? "").isEmpty
        return hasKey != usesGPG
    }

    private var usesGPG: Bool {
        arguments.has("--gpg") && arguments.word("--gpg") != ""
    }

    /// Opens the key; asks for its password if that is wanted.
    ///
    /// - Throws: what ``PrivateKeyFile`` throws.
    func signer() throws(ToolError) -> ToolSigner {
        guard let path = arguments.word("--signing-key"), !path.isEmpty else {
            return .gpg(
                GPGSigner(
                    keyID: arguments.word("--gpg"), homeDirectory: arguments.word("--gpg-home")))
        }
        var password = arguments.word("--password").map { Array($0.utf8) }
        if arguments.has("--password"), password == nil { password = try call.askedPassword() }
        return .key(try PrivateKeyFile.key(path, password: password))
    }
}

extension ToolCall {
    /// - Throws: `EOFError` if nobody answers.
    func askedPassword() throws(ToolError) -> [UInt8] {
        guard let password = console.password() else {
            throw ToolError(.eofError, "no password where one is asked for")
        }
        return password
    }
}
