// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RegistryStorage
import RepositoryStorage
import TestKit
import Testing

extension RealRegistryTests {
    @Suite("Registry: who asks a real one")
    struct RealAuthenticationTests {
        @Test("a real registry lets in who knows the password, and nobody else")
        func realPassword() async throws {
            var setup = DockerRegistry.Setup()
            setup.wantsPassword = true
            let registry = try DockerRegistry(setup)
            let known = RegistryLogin.password(
                user: DockerRegistry.user, password: DockerRegistry.password)
            let store = try RegistryFixture.store(registry.url(), login: known)
            #expect(try await store.create("targets/x", .bytes([7])))
            #expect(try await store.read("targets/x", maximumBytes: 1)?.bytes == [7])
            for login in [
                RegistryLogin.anonymous(remark: "the reason"),
                .password(user: DockerRegistry.user, password: "topsecret"),
            ] {
                let other = try RegistryFixture.store(registry.url(), login: login)
                let error = await #expect(throws: RepositoryStoreError.self) {
                    _ = try await other.create("targets/y", .bytes([7]))
                }
                guard case .denied(let words) = error?.reason else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(words.contains("401") && !words.contains("topsecret"))
                if case .anonymous = login { #expect(words.contains("the reason")) }
            }
            #expect(try await store.find("targets/y") == nil)
        }

        @Test("over HTTPS a registry is known by its certificate")
        func https() async throws {
            let folder = try TemporaryFolder()
            let (key, certificate) = (folder("key.pem"), folder("certificate.pem"))
            _ = try RegistryFixture.output(
                of: "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                "-keyout", key, "-out", certificate)
            var setup = DockerRegistry.Setup()
            setup.tls = (certificate, key)
            let registry = try DockerRegistry(setup)
            var options = RegistryOptions()
            options.usesPlainHTTP = false
            func store(_ caFile: String?) throws -> RegistryStore {
                try RegistryStore(
                    RegistryPlace(registry.url()), login: .anonymous(remark: ""),
                    transport: RegistryFixture.transport(caFile: caFile), options: options,
                    now: { RegistryFixture.now })
            }
            let known = try store(certificate)
            let bytes = RegistryFixture.noise(20_000)
            #expect(try await known.create("targets/x", .bytes(bytes)))
            #expect(try await known.read("targets/x", maximumBytes: 20_000)?.bytes == bytes)
            let error = await #expect(throws: RepositoryStoreError.self) {
                _ = try await store(nil).find("targets/x")
            }
            #expect(error?.isUnreachable == true, "\(String(describing: error))")
        }

        @Test("a real registry takes the tokens that its token server gives")
        func realTokens() async throws {
            let tokens = try TokenServer()
            try await HostileServer.run(tokens.script) { server in
                var setup = DockerRegistry.Setup()
                setup.tokens = (server.url("/token"), tokens.certificate)
                let registry = try DockerRegistry(setup)
                let known = RegistryLogin.password(
                    user: TokenServer.user, password: TokenServer.password)
                let store = try RegistryFixture.store(registry.url("team/demo"), login: known)
                #expect(try await store.create("metadata/1.root.json", .bytes([1])))
                #expect(try await store.create("metadata/2.root.json", .bytes([2])))
                #expect(try await store.create("targets/x", .bytes([7])))
                #expect(try await store.read("targets/x", maximumBytes: 1)?.bytes == [7])
                try await store.remove(["targets/x"])
                #expect(try await store.find("targets/x") == nil)
                var names: Set<UTF8Text> = []
                try await store.names("") {
                    names.formUnion($0)
                    return true
                }
                #expect(names == ["metadata/1.root.json", "metadata/2.root.json"])
                // One each for reading, writing and removing.
                let scopes = server.targets.map { $0.split(separator: "scope=").last ?? "" }
                #expect(scopes.count == 3)
                #expect(scopes.first == "repository:team/demo:pull")
                let wrong = try RegistryFixture.store(
                    registry.url("team/demo"),
                    login: .password(user: TokenServer.user, password: "topsecret"))
                let error = await #expect(throws: RepositoryStoreError.self) {
                    _ = try await wrong.find("targets/x")
                }
                guard case .denied(let words) = error?.reason else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(!words.contains("topsecret"))
            }
        }
    }
}
