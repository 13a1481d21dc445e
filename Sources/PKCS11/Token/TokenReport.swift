// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A token as it is, for a list and for finding what is wrong; no PIN is asked for.
package struct TokenReport: Sendable {
    package let info: TokenInfo
    /// The keys that can be seen without a login.
    package let keys: [TokenKeyDescription]
    /// What is wrong or will be soon, in words.
    package let problems: [String]

    /// All tokens of a module, those not initialised as well.
    ///
    /// - Throws: ``TokenError/module(path:_:)``; what is wrong with one token is in its report.
    package static func all(module path: String) throws(TokenError) -> [TokenReport] {
        let module = try Module(path: path)
        let tokens = try module.slots()
        return tokens.map { info in
            let (keys, failure) = keys(of: info, module)
            var problems = problems(of: info, among: tokens)
            if let failure { problems.append("\(failure)") }
            for key in keys { problems += self.problems(of: key, info) }
            return TokenReport(info: info, keys: keys, problems: problems)
        }
    }

    private static func keys(
        of info: TokenInfo, _ module: Module
    ) -> ([TokenKeyDescription], TokenError?) {
        guard info.isInitialized else { return ([], nil) }
        let silent = TokenInteraction(pin: { _ in nil }, notice: { _ in })
        var session = TokenSession(module, info, silent, pinSource: nil)
        defer { session.close() }
        do throws(TokenError) {
            var keys: [TokenKeyDescription] = []
            for key in try session.catalog() { keys.append(try session.describe(key)) }
            return (keys, nil)
        } catch {
            return ([], error)
        }
    }

    private static func problems(of info: TokenInfo, among tokens: [TokenInfo]) -> [String] {
        guard info.isInitialized else { return ["not initialised"] }
        var problems: [String] = []
        if info.needsLogin, !info.hasPIN { problems.append("no PIN has been set for the user") }
        switch info.tries {
        case .ok: break
        case .low: problems.append("a wrong PIN was entered since the last good one")
        case .finalTry: problems.append("one more wrong PIN locks the token")
        case .locked: problems.append("the PIN is locked")
        }
        if info.mustChangePIN { problems.append("the PIN must be changed") }
        let namesakes = tokens.filter { $0.isInitialized && $0.label == info.label }
        if namesakes.count > 1 {
            problems.append(
                "\(namesakes.count) tokens have this label: URIs need serial=… to tell them apart")
        }
        return problems
    }

    private static func problems(of key: TokenKeyDescription, _ info: TokenInfo) -> [String] {
        if key.publicKey == nil {
            return ["key \(key): its public half is not shown, or of a kind that is not used here"]
        }
        return key.hasPrivateKey || info.needsLogin ? [] : ["key \(key): no private half"]
    }
}
