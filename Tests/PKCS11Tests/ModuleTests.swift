// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import PKCS11
import Testing

@Suite("modules")
struct ModuleTests {
    @Test("a module is initialised once for all its tokens, and ended with the last one")
    func lifetime() throws {
        let fake = try FakeModule()
        do {
            let first = try fake.key(Person())
            do {
                let second = try fake.key(Person())
                #expect([fake["initialized"], fake["finalized"]] == [1, 0])
                withExtendedLifetime(second) {}
            }
            #expect([fake["finalized"], fake["open-sessions"]] == [0, 1])
            withExtendedLifetime(first) {}
        }
        #expect([fake["finalized"], fake["open-sessions"]] == [1, 0])
        _ = try fake.key(Person())
        #expect([fake["initialized"], fake["finalized"]] == [2, 2])
    }

    @Test("a module that somebody else began is used, and not ended")
    func foreign() throws {
        let fake = try FakeModule(["initialize-code": 0x191])
        _ = try fake.key(Person(FakeModule.pin)).sign([1])
        #expect(fake["finalized"] == 0)
    }

    @Test("what is no module, or one that does not start, is refused with the reason")
    func refused() throws {
        let single = try FakeModule(["initialize-code": 0xA])
        #expect(throws: TokenError.module(path: single.path, .refused(ReturnCode(0xA)))) {
            try single.key(Person())
        }
        #expect(throws: TokenError.module(path: "libm.so.6", .notPKCS11)) {
            try TokenReport.all(module: "libm.so.6")
        }
        for path in ["/nonexistent.so", "/etc/passwd"] {
            let error = #expect(throws: TokenError.self) { try TokenReport.all(module: path) }
            guard case .module(path, .notLoaded) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("the module is what was given, of the URI, or of the environment, in this order")
    func order() throws {
        var uri = PKCS11URI()
        let environment: (String) -> String? = { name in
            ["CARNET_PKCS11_MODULE": "/ours.so", "PYKCS11LIB": "/python.so"][name]
        }
        let python: (String) -> String? = { $0 == "PYKCS11LIB" ? "python.so" : "" }
        #expect(try ModuleLocation.path(for: uri, environment: environment) == "/ours.so")
        #expect(try ModuleLocation.path(for: uri, environment: python) == "python.so")
        uri.modulePath = "/uri.so"
        #expect(try ModuleLocation.path(for: uri, environment: environment) == "/uri.so")
        #expect(
            try ModuleLocation.path(given: "/given.so", for: uri, environment: environment)
                == "/given.so")
    }

    @Test("without a module's name, those of this machine are proposed")
    func none() {
        let refusal = TokenError.noModule(usual: ModuleLocation.usual())
        #expect(throws: refusal) {
            try ModuleLocation.path(for: PKCS11URI(), environment: { _ in nil })
        }
        #expect(ModuleLocation.usual().allSatisfy { access($0, R_OK) == 0 })
        #expect(
            "\(TokenError.noModule(usual: ["/a.so"]))"
                == "no PKCS #11 module named: module-path=/… in the URI or the variable "
                + "CARNET_PKCS11_MODULE expected; on this machine: /a.so")
    }

    @Test("a module by its name, in the folder of the URI; the current folder is not looked at")
    func name() throws {
        let folder = try temporaryFolder()
        defer { _ = try? Program.run(["rm", "-rf", folder]) }
        try write("", to: "\(folder)/libmine.so")
        var uri = PKCS11URI()
        uri.moduleName = "mine"
        uri.modulePath = folder
        #expect(
            try ModuleLocation.path(for: uri, environment: { _ in nil })
                == "\(folder)/libmine.so")
        uri.moduleName = "other"
        #expect(throws: TokenError.moduleName("other", folder: folder)) {
            try ModuleLocation.path(for: uri, environment: { _ in nil })
        }
        uri.modulePath = nil
        uri.moduleName = "no-such-module-anywhere"
        #expect(throws: TokenError.moduleName("no-such-module-anywhere", folder: nil)) {
            try ModuleLocation.path(for: uri, environment: { _ in nil })
        }
        #expect(throws: TokenError.self) {
            try ModuleLocation.path(given: "./mine.so", for: uri, environment: { _ in nil })
        }
    }

    static let matching = [
        "slot-id=7", "library-version=1.0", "library-manufacturer=nobody",
        "library-description=fake", "slot-description=reader%201", "slot-manufacturer=maker",
        "serial=1", "model=", "manufacturer=nobody", "",
    ]
    static let others = [
        "slot-id=8", "library-version=1.1", "library-manufacturer=x", "library-description=x",
        "slot-description=reader", "slot-manufacturer=x", "serial=01", "model=x",
        "manufacturer=Nobody", "token=fak",
    ]

    @Test("every attribute of the URI must be the token's", arguments: matching)
    func matches(attribute: String) throws {
        let fake = try FakeModule()
        let token = try Token(
            PKCS11URI("pkcs11:\(attribute)"), module: fake.path,
            interaction: Person().interaction)
        #expect(token.info.label.string == "fake")
    }

    @Test("one attribute that is another is enough not to match", arguments: others)
    func differs(attribute: String) throws {
        let fake = try FakeModule()
        let refusal = TokenError.noToken(
            wanted: "pkcs11:\(attribute)", present: ["\"fake\" (serial \"1\")"])
        #expect(throws: refusal) {
            try Token(
                PKCS11URI("pkcs11:\(attribute)"), module: fake.path,
                interaction: Person().interaction)
        }
    }
}
