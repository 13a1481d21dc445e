// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON
import HTTPTransport
import MetadataSigning
import Releases
import RepositoryStorage
import TUFClient
import TestKit
import Testing

@Suite("Links that come over the network or in a wheel")
struct LinkSourceTests {
    private typealias Script = HostileServer.Script

    private func transport() -> HTTPTransport {
        var limits = TransportLimits()
        limits.fetchSeconds = 5
        limits.retries = 0
        limits.followsToOtherHosts = true
        return HTTPTransport(version: "0.0.1", limits: limits)
    }

    private func release(_ world: World, _ sources: [String]) async throws -> [Verdict] {
        try await world.publisher.release(
            [ReleaseRequest(file: world.folder("dist/\(wheel)"))], links: sources,
            over: transport()
        ).verdicts
    }

    /// The three links, by name.
    private func links(_ world: World) throws -> [String: [UInt8]] {
        try world.folder.tree("links").reduce(into: [:]) { links, entry in
            links[String(entry.key.dropFirst("links/".count))] = entry.value
        }
    }

    /// Serves files by name below `/ci/42/`.
    private func script(_ files: [String: [UInt8]]) -> Script {
        Script { exchange in
            guard exchange.target.hasPrefix("/ci/42/"),
                let body = files[String(exchange.target.dropFirst("/ci/42/".count))]
            else { return exchange.notFound() }
            return exchange.answer(body: body)
        }
    }

    // MARK: folders of servers

    @Test("a folder of a server: the names that the layout wants are asked for, and no other")
    func webFolder() async throws {
        let world = try await World.withLayout()
        let files = try links(world)
        try await HostileServer.run(script(files)) { server in
            let verdict = try await release(world, [server.url("/ci/42/")])[0]
            #expect(verdict.isVerified)
            #expect(Set(server.targets) == Set(files.keys.map { "/ci/42/\($0)" }))
        }
        #expect(try world.evidence().count == 4)
    }

    @Test("a part from a server, a part from a folder; the same link from both is one")
    func mixed() async throws {
        let world = try await World.withLayout()
        var files = try links(world)
        let bob = try world.linkName("wheel", "bob")
        try FileSystem.remove(world.folder("links/\(bob)"))
        files[try world.linkName("tag", "alice")] = nil
        try await HostileServer.run(script(files)) { server in
            let sources = [world.folder("links"), server.url("/ci/42/")]
            let verdict = try await release(world, sources)[0]
            #expect(verdict.isVerified)
        }
        #expect(try world.evidence().count == 4)
    }

    @Test("one name with other bytes from elsewhere is refused, both places named")
    func different() async throws {
        let world = try await World.withLayout()
        let bob = try world.linkName("wheel", "bob")
        try await HostileServer.run(script([bob: Array("{}".utf8)])) { server in
            let error = PublishingError.differentLinks(
                world.folder("links/\(bob)"), server.url("/ci/42/\(bob)"))
            await #expect(throws: error) {
                try await release(world, [world.folder("links"), server.url("/ci/42/")])
            }
        }
    }

    @Test("the links of a sub-chain are asked for by the layout that stands in a link's place")
    func subChain() async throws {
        let world = try await World.withLayout()
        var files = try links(world)
        let tag = try world.linkName("tag", "alice")
        let inner = try world.layoutFile(World.source, name: "inner")
        files[tag] = try inner.signed(adding: [("olga", try key("olga"))], now: now)
        let folder = String(tag.dropLast(".link".count))
        for name in try links(world).keys { files["\(folder)/\(name)"] = Array("{}".utf8) }
        try await HostileServer.run(script(files)) { server in
            // It is carried; that alice did not sign it is for the verifier to say.
            let verdict = try await release(world, [server.url("/ci/42/")])[0]
            #expect(!verdict.isVerified)
            #expect(server.targets.contains("/ci/42/\(folder)/\(tag)"))
            #expect(server.targets.count == files.count)
        }
    }

    /// A server that answers anything but the link.
    @Test(
        "a server that lies, stalls or leads away is one error, and nothing is left behind",
        arguments: ["endless", "truncated", "503", "file", "itself", "login"])
    func hostile(manner: String) async throws {
        let world = try await World.withLayout()
        let before = try world.folder.tree()
        let script = Script { exchange in
            switch manner {
            case "endless": exchange.endlessFile(announced: 1 << 40)
            case "truncated": exchange.truncated(Array("{\"signed\"".utf8), at: 4)
            case "503": exchange.fault()
            case "file": exchange.redirect("file:///etc/hostname")
            case "itself": exchange.redirectToItself()
            default: exchange.loginPage()
            }
        }
        try await HostileServer.run(script) { server in
            if manner == "login" {
                // It came whole: a link it is not, and the verifier says so.
                let verdict = try await release(world, [server.url("/ci/42/")])[0]
                #expect(!verdict.isVerified)
            } else {
                await #expect(throws: PublishingError.self) {
                    try await release(world, [server.url("/ci/42/")])
                }
            }
        }
        #expect(try world.folder.tree() == before)
    }

    @Test("plain HTTP to another machine is refused before anything is asked")
    func plainHTTP() async throws {
        let world = try await World.withLayout()
        do {
            _ = try await release(world, ["http://192.0.2.1/links/"])
            Issue.record("released")
        } catch PublishingError.links(.fetch(let error)) {
            guard case .schemeRefused = error.reason else {
                Issue.record("\(error)")
                return
            }
        }
    }

    // MARK: release pages

    private func asset(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", ") + ", \"id\": 7}"
    }

    @Test(
        "the assets of a release page, as GitHub and GitLab list them",
        arguments: ["github", "github-assets", "gh", "gitlab", "gitlab-links"])
    func assets(form: String) async throws {
        let world = try await World.withLayout()
        let files = try links(world)
        try await HostileServer.run(script(files)) { server in
            let names = files.keys.sorted() + [wheel, "tag.00000000.link"]
            let assets = names.map { name in
                let url = server.url("/ci/42/\(name)")
                switch form {
                case "github", "github-assets":
                    return asset([
                        ("name", name), ("url", "https://192.0.2.1/1"),
                        ("browser_download_url", url),
                    ])
                case "gh": return asset([("name", name), ("url", url)])
                default:
                    return asset([
                        ("name", name), ("url", "https://192.0.2.1/1"), ("direct_asset_url", url),
                    ])
                }
            }.joined(separator: ",\n")
            let text =
                switch form {
                case "github", "gh": "{\"tag_name\": \"v1.0\", \"assets\": [\(assets)]}"
                case "gitlab": "{\"assets\": {\"count\": 4, \"links\": [\(assets)]}}"
                default: "[\(assets)]"
                }
            try world.folder.write(text, to: "release.json")
            let verdict = try await release(world, [world.folder("release.json")])[0]
            #expect(verdict.isVerified)
            #expect(Set(server.targets) == Set(files.keys.map { "/ci/42/\($0)" }))
        }
    }

    @Test("an asset that the page keeps on another host is fetched from there")
    func elsewhere() async throws {
        let world = try await World.withLayout()
        let files = try links(world)
        let stored = Script { exchange in
            let path = exchange.target.split(separator: "?")[0]
            return exchange.answer(body: files[String(path.split(separator: "/").last ?? "")] ?? [])
        }
        try await HostileServer.run(stored) { other in
            let moved = Script {
                $0.redirect("http://localhost:\(other.port)\($0.target)?sig=x")
            }
            try await HostileServer.run(moved) { page in
                let assets = files.keys.map { name in
                    asset([("name", name), ("browser_download_url", page.url("/\(name)"))])
                }
                try world.folder.write("[\(assets.joined(separator: ","))]", to: "release.json")
                let verdict = try await release(world, [world.folder("release.json")])[0]
                #expect(verdict.isVerified)
            }
        }
    }

    /// A list of assets that leads to files of this machine.
    @Test("a list of assets that leads elsewhere than to a web server, or is none")
    func badAssets() async throws {
        let world = try await World.withLayout()
        let tag = try world.linkName("tag", "alice")
        let file = world.folder("release.json")
        try world.folder.write(
            "[\(asset([("name", tag), ("url", "file:///etc/passwd")]))]", to: "release.json")
        await #expect(
            throws: PublishingError.links(
                .assetURL(file: file, name: tag, found: "file:///etc/passwd"))
        ) { try await release(world, [file]) }
        for text in [
            "", "7", "{}", "[[]]", "{\"assets\": [{\"url\": \"x\"}]}", "{\"assets\": 1.5}",
        ] {
            try world.folder.write(text, to: "release.json")
            do {
                _ = try await release(world, [file])
                Issue.record("released with \(text)")
            } catch PublishingError.links(let error) {
                guard case .assets = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(!"\(error)".contains("\n"))
            }
        }
    }

    // MARK: wheels

    private static let carried = "demo-1.0.dist-info/extra_metadata"

    private func write(_ entries: [(name: String, content: [UInt8])], _ world: World) throws {
        try FileSystem.write(storedZip(entries), to: world.folder("carrier.whl"))
    }

    @Test("the links that a wheel carries; what else is in it does not matter")
    func wheelLinks() async throws {
        let world = try await World.withLayout()
        var entries = try links(world).map {
            (name: "\(Self.carried)/\($0.key)", content: $0.value)
        }
        entries.append(("demo/__init__.py", []))
        entries.append(("demo/extra_metadata/tag.00000000.link", Array("{}".utf8)))
        entries.append(("\(Self.carried)/notes.txt", Array("x".utf8)))
        try write(entries, world)
        let verdict = try await release(world, [world.folder("carrier.whl")])[0]
        #expect(verdict.isVerified)
        #expect(try world.evidence().count == 4)
    }

    /// A wheel vouches for itself.
    @Test("what a wheel carries counts for no more than the policy allows")
    func selfMade() async throws {
        let world = try await World.withLayout()
        let (bob, tag) = (try world.linkName("wheel", "bob"), try world.linkName("tag", "alice"))
        var files = try links(world)
        // Bob's link with alice's content: nobody named bob has signed it.
        files[bob] = files[try world.linkName("wheel", "alice")]
        files[tag] = Array("{}".utf8)
        try write(files.map { ("\(Self.carried)/\($0.key)", $0.value) }, world)
        let before = try world.folder.tree()
        let verdict = try await release(world, [world.folder("carrier.whl")])[0]
        #expect(!verdict.isVerified)
        #expect(try world.folder.tree() == before)
    }

    @Test("an entry that stands twice, two unlike links of one name, and no wheel at all")
    func badWheels() async throws {
        let world = try await World.withLayout()
        let file = world.folder("carrier.whl")
        let tag = try world.linkName("tag", "alice")
        let name = "\(Self.carried)/\(tag)"
        try write([(name, [1]), (name, [1])], world)
        await #expect(
            throws: PublishingError.links(
                .wheel(file: file, .entry(name: Array(name.utf8), .duplicate)))
        ) { try await release(world, [file]) }
        try write([(name, [1]), ("other.dist-info/extra_metadata/\(tag)", [2])], world)
        await #expect(
            throws: PublishingError.differentLinks("\(tag) in \(file)", "\(tag) in \(file)")
        ) { try await release(world, [file]) }
        try world.folder.write("no wheel", to: "carrier.whl")
        await #expect(
            throws: PublishingError.links(.wheel(file: file, .archive(.zip, .otherFormat)))
        ) { try await release(world, [file]) }
    }

    // MARK: words

    @Test("what is no place of links is named, and passwords are not")
    func words() async throws {
        let world = try await World.withLayout()
        try world.folder.write("x", to: "notes.txt")
        let notes = world.folder("notes.txt")
        await #expect(throws: PublishingError.links(.unknownPlace(notes))) {
            try await release(world, [notes])
        }
        for url in [
            "https://u:secret@ci.example/42", "https://ci.example/?a/", "HTTP://ci.example",
        ] {
            do {
                _ = try await release(world, [url])
                Issue.record("released from \(url)")
            } catch PublishingError.links(let error) {
                guard case .noFolderURL = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(!"\(error)".contains("secret"))
            }
        }
    }
}
