// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoTools
import MetadataSigning
import Synchronization
import Testing

@Suite("in-toto-verify --param, which python has in its library alone")
struct ParameterTests {
    @Test(
        "values fill in what the layout leaves open",
        arguments: [
            (["--param", "name=a"], 0, ""), (["--param", "name=b"], 1, "RuleVerificationError"),
            (["--param", "name=a", "--param", "more=x=y"], 0, ""),
            (["--param", "more=x", "name=a"], 0, ""),
            (["--param", "name=b", "name=a"], 0, ""), (["--param=name=a"], 0, ""),
            (["--param", "more=x"], 1, "KeyError: 'name'"), ([], 1, "RuleVerificationError"),
            (["--param", "name"], 2, "expected NAME=VALUE"),
            (["--param", "na me=a"], 1, "FormatError"),
            (["--param"], 2, "expected at least one argument"),
        ])
    func values(words: [String], code: Int32, error: String) throws {
        let chain = try ChainFolder()
        try chain.write(chain.link("s", products: ["a"]), "s")
        let rules: JSON = [["ALLOW", "{name}"], ["DISALLOW", "*"]]
        let layout = chain.layout([chain.step("s", products: rules)])
        try chain.folder.write(chain.signed(layout), to: "layout")
        let pem = try #require(chain.key.publicKey.pem)
        try chain.folder.write(Array(pem.utf8), to: "owner.pub")
        let said = Said()
        let console = ToolConsole(
            output: { _ in }, errors: { said.add($0) }, password: { nil })
        let found = ToolProgram.verify.run(
            [
                "--layout", "\(chain.folder.path)/layout", "--verification-keys",
                "\(chain.folder.path)/owner.pub", "--link-dir", chain.folder.path,
            ] + words, name: "in-toto-verify", console: console,
            at: Instant(seconds: time(nil)))
        #expect(found == code)
        #expect(said.text.contains(error) && said.text.isEmpty == error.isEmpty)
    }

    /// What a program writes to its standard error.
    private final class Said: Sendable {
        private let words = Mutex("")
        func add(_ more: String) { words.withLock { $0 += more } }
        var text: String { words.withLock { $0 } }
    }
}
