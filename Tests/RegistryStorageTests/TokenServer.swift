// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import RepositoryStorage
import TestKit

/// Gives out tokens that a real docker-registry takes: JSON web tokens, signed by a key whose
/// certificate it was told.
final class TokenServer: Sendable {
    static let user = "alice"
    static let password = "open sesame"
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try RegistryFixture.output(
            of: "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tokens",
            "-days", "2", "-keyout", folder("key.pem"), "-out", certificate)
    }

    /// Path of the certificate.
    var certificate: String { folder("certificate.pem") }

    /// Answers whoever knows the password with a token for what is asked for.
    var script: HostileServer.Script {
        HostileServer.Script { [self] exchange in
            let expected = base64(Array("\(TokenServer.user):\(TokenServer.password)".utf8))
            guard exchange.request.value(of: "Authorization") == "Basic \(expected)" else {
                return exchange.answer("401 Unauthorized", body: "no")
            }
            let scope = exchange.target.split(separator: "scope=").last ?? ""
            guard let token = try? token(String(scope)) else { return exchange.fault() }
            return exchange.answer(body: "{\"token\":\"\(token)\",\"expires_in\":60}")
        }
    }

    /// - Parameter scope: `repository:name:pull,push`.
    private func token(_ scope: String) throws -> String {
        let words = scope.split(separator: ":").map(String.init)
        let now = time(nil)
        let actions = words[2].split(separator: ",").map { JSON.text(String($0)) }
        let certificate = try folder.text("certificate.pem") ?? ""
        let lines = certificate.split(separator: "\n").filter { !$0.hasPrefix("-") }
        let header: JSON = ["alg": "RS256", "typ": "JWT", "x5c": [.text(lines.joined())]]
        let claims: JSON = [
            "iss": "tokens", "aud": "registry", "sub": .text(TokenServer.user), "jti": "1",
            "iat": .integer(now - 60), "nbf": .integer(now - 60), "exp": .integer(now + 600),
            "access": [
                ["type": "repository", "name": .text(words[1]), "actions": .array(actions)]
            ],
        ]
        let signed = encoded(header.compactBytes()) + "." + encoded(claims.compactBytes())
        let name = "\(UInt64.random(in: 0...UInt64.max))"
        try folder.write(signed, to: name)
        _ = try RegistryFixture.output(
            of: "openssl", "dgst", "-sha256", "-sign", folder("key.pem"), "-out",
            folder("\(name).sig"), folder(name))
        return signed + "." + encoded(try FileSystem.read(folder("\(name).sig")) ?? [])
    }

    private func encoded(_ bytes: [UInt8]) -> String {
        let digits = base64(bytes).utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
