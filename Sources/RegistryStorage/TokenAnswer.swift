// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// What a token server gives (distribution's token specification).
///
///     {"token": "…", "expires_in": 300}
struct TokenAnswer {
    static let maximumBytes = 64 << 10
    private static let maximumSeconds = 86_400

    let token: String
    /// How long it is good for.
    let seconds: Int

    init(_ bytes: [UInt8]) throws(RegistryError) {
        let limits = JSONLimits(
            maximumBytes: TokenAnswer.maximumBytes, maximumDepth: 8, maximumValues: 1024)
        guard let object = try? JSONDocument(bytes, limits: limits).root.object(),
            let text = try? (object["token"] ?? object["access_token"])?.text()
        else { throw .malformed("an answer without a token found where one was asked for") }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .malformed("a token of other characters than a token has")
        }
        token = text.string
        let said = try? object["expires_in"]?.integer(in: 0...Int.max)
        // Without it, a minute.
        seconds = min(said ?? 60, TokenAnswer.maximumSeconds)
    }
}
