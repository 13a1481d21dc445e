// SPDX-License-Identifier: Apache-2.0
import Glibc
import PKCS11
import Testing

/// Tests on tokens of SoftHSM: one after the other, since its configuration and a login are the
/// whole process's.
@Suite("SoftHSM", .serialized)
struct SoftHSMTests {}

/// A folder of tokens for SoftHSM, as long as this object is there.
///
/// The module reads its configuration when it is initialised, so a test must let go of all
/// tokens before another one begins.
final class SoftHSM {
    static let module = "/usr/lib/softhsm/libsofthsm2.so"
    static let pin = "648219"

    let folder: String

    init(tokens: [String]) throws {
        guard access(SoftHSM.module, R_OK) == 0 else {
            throw Program.Failure(
                description: "\(SoftHSM.module): not found, expected of softhsm2 and opensc")
        }
        folder = try temporaryFolder()
        mkdir("\(folder)/tokens", 0o700)
        try write(
            "directories.tokendir = \(folder)/tokens\nobjectstore.backend = file\n"
                + "log.level = ERROR\n", to: "\(folder)/softhsm2.conf")
        setenv("SOFTHSM2_CONF", "\(folder)/softhsm2.conf", 1)
        for label in tokens {
            try Program.run([
                "softhsm2-util", "--init-token", "--free", "--label", label,
                "--so-pin", "87654321", "--pin", SoftHSM.pin,
            ])
        }
    }

    deinit { _ = try? Program.run(["rm", "-rf", folder]) }

    /// Runs pkcs11-tool on a token, logged in.
    @discardableResult
    func tool(_ token: String, _ words: [String]) throws -> String {
        try Program.run(
            [
                "pkcs11-tool", "--module", SoftHSM.module, "--token-label", token, "--login",
                "--pin", SoftHSM.pin,
            ] + words)
    }

    /// Makes a key pair as other programs do.
    func makeKey(
        _ type: String, token: String, label: String, id: String, flags: [String] = []
    ) throws {
        try tool(
            token,
            ["--keypairgen", "--key-type", type, "--id", id, "--label", label, "--usage-sign"]
                + flags)
    }
}

/// What was asked and told, for a test to look at; gives one PIN after the other.
final class Person: @unchecked Sendable {
    // Used by one test only, which waits for what it calls.
    private var pins: [String]
    private(set) var requests: [PINRequest] = []
    private(set) var notices: [TokenNotice] = []

    init(_ pins: String...) { self.pins = pins }

    var interaction: TokenInteraction {
        TokenInteraction(
            pin: { request in
                self.requests.append(request)
                return self.pins.isEmpty ? nil : Array(self.pins.removeFirst().utf8)
            },
            notice: { self.notices.append($0) })
    }
}

/// A URI of a key on a token of SoftHSM.
func softHSM(_ token: String, _ object: String? = nil, id: [UInt8]? = nil) -> PKCS11URI {
    var uri = PKCS11URI(token: token, object: object, id: id)
    uri.modulePath = SoftHSM.module
    return uri
}
