// SPDX-License-Identifier: Apache-2.0
import Glibc
import KeyAccess
import MetadataSigning
import RegistryStorage
import TestKit
import Testing

@Suite("Registry: credentials of docker, podman and skopeo")
struct LoginTests {
    private let folder: TemporaryFolder
    private let place: RegistryPlace

    init() throws {
        folder = try TemporaryFolder()
        place = try RegistryPlace("oci://registry.example:5000/team/demo")
    }

    /// `user:password`, or the remark of nobody.
    private func login(
        _ config: String, _ variables: KeyValuePairs<String, String> = [:]
    ) throws -> String {
        try folder.write(config, to: "docker/config.json")
        var environment = ProcessEnvironment(variables)
        environment["DOCKER_CONFIG"] = folder("docker")
        switch try RegistryLogin.find(for: place, environment) {
        case .anonymous(let remark): return remark
        case .password(let user, let password): return "\(user):\(password)"
        }
    }

    private func auth(_ text: String) -> String { base64(Array(text.utf8)) }

    @Test("user and password come from auth or from their own members")
    func members() throws {
        #expect(
            try login(#"{"auths":{"registry.example:5000":{"auth":"\#(auth("al:p:w"))"}}}"#)
                == "al:p:w")
        #expect(
            try login(
                #"{"auths":{"registry.example:5000":{"username":"bo","password":"q"}}}"#) == "bo:q")
        #expect(try login(#"{"auths":{"registry.example":{"auth":"\#(auth("al:pw"))"}}}"#) == "")
        #expect(try login(#"{"auths":{"registry.example:5000":{}}}"#) == "")
        #expect(try login("{}") == "")
    }

    @Test("the entry for the most of the name counts, then that of the registry, also as a URL")
    func keys() throws {
        let all = [
            "registry.example:5000/team/demo", "registry.example:5000/team",
            "registry.example:5000", "https://registry.example:5000",
            "https://registry.example:5000/v1/",
        ]
        for count in 1...all.count {
            let entries = all.suffix(count).map { #""\#($0)":{"auth":"\#(auth("u:\($0)"))"}"# }
            #expect(
                try login(#"{"auths":{\#(entries.joined(separator: ","))}}"#)
                    == "u:\(all[all.count - count])")
        }
    }

    @Test("the file is that of REGISTRY_AUTH_FILE, or of DOCKER_CONFIG, or the one at home")
    func files() throws {
        let entry = { (user: String) in
            #"{"auths":{"registry.example:5000":{"username":"\#(user)","password":"x"}}}"#
        }
        try folder.write(entry("podman"), to: "auth.json")
        try folder.write(entry("docker"), to: "d/config.json")
        try folder.write(entry("home"), to: "home/.docker/config.json")
        func user(_ variables: KeyValuePairs<String, String>) throws -> String {
            "\(try RegistryLogin.find(for: place, ProcessEnvironment(variables)))"
        }
        let (file, config, home) = (folder("auth.json"), folder("d"), folder("home"))
        #expect(
            try user(["REGISTRY_AUTH_FILE": file, "DOCKER_CONFIG": config, "HOME": home])
                == "user \"podman\"")
        #expect(try user(["DOCKER_CONFIG": config, "HOME": home]) == "user \"docker\"")
        #expect(try user(["HOME": home]) == "user \"home\"")
        #expect(try user([:]) == "anonymous")
        #expect(try user(["HOME": folder("none")]) == "anonymous")
        #expect(throws: RegistryError.self) { try user(["REGISTRY_AUTH_FILE": folder("none")]) }
    }

    @Test(
        "a file that cannot be read is an error that shows nothing of it",
        arguments: [
            "", "[]", "{\"auths\":{\"topsecret\"", "{\"topsecret\":1,\"topsecret\":1}",
            #"{"auths":{"registry.example:5000":{"auth":"topsecret*"}}}"#,
            #"{"auths":{"registry.example:5000":{"auth":"dG9wc2VjcmV0"}}}"#,
        ])
    func malformed(config: String) throws {
        let error = try #require(#expect(throws: RegistryError.self) { try login(config) })
        #expect(!"\(error)".contains("topsecret") && !"\(error)".contains("dG9w"))
        #expect("\(error)".contains("config.json"))
    }

    private func install(_ script: String) throws -> KeyValuePairs<String, String> {
        try folder.write("#!/bin/sh\n" + script, to: "bin/docker-credential-test")
        chmod(folder("bin/docker-credential-test"), 0o755)
        return ["PATH": "\(folder("bin")):/usr/bin:/bin"]
    }

    @Test("a program that keeps credentials is asked with the registry on its input")
    func helper() throws {
        let variables = try install(
            #"""
            read -r server
            [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"al","Secret":"%s"}' "$server" "$server"
            """#)
        let answer = "al:registry.example:5000"
        #expect(
            try login(#"{"credHelpers":{"registry.example:5000":"test"}}"#, variables) == answer)
        #expect(try login(#"{"credsStore":"test"}"#, variables) == answer)
        #expect(
            try login(#"{"credHelpers":{"other.example":"test"}}"#, variables) == "")
    }

    @Test("a program that has none leaves us anonymous; one that is not there is an error")
    func helperWithout() throws {
        let variables = try install("echo topsecret; echo topsecret >&2; exit 1")
        let remark = try login(#"{"credsStore":"test"}"#, variables)
        #expect(remark.contains("docker-credential-test gave no credentials"))
        #expect(!remark.contains("topsecret"))
        for name in ["absent", "../test", "a b", ""] where !name.isEmpty {
            #expect(throws: RegistryError.self) {
                try login(#"{"credsStore":"\#(name)"}"#, variables)
            }
        }
        let other = try install("echo topsecret")
        let error = try #require(
            #expect(throws: RegistryError.self) { try login(#"{"credsStore":"test"}"#, other) })
        #expect(!"\(error)".contains("topsecret"))
    }

    @Test("identity tokens are not used, and that is said")
    func identityToken() throws {
        let remark = try login(
            #"{"auths":{"registry.example:5000":{"identitytoken":"topsecret"}}}"#)
        #expect(remark.contains("identity token") && !remark.contains("topsecret"))
    }

    @Test("no description shows a password")
    func description() {
        let login = RegistryLogin.password(user: "al", password: "topsecret")
        #expect(!"\(login)".contains("topsecret"))
    }
}
