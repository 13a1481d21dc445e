// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import RepositoryStorage
import TUFClient

/// Where the links of a release are taken from: folders, and what came in other ways.
///
/// What a server, a release page or a wheel gives is held in memory until it is published, so
/// that a failure leaves nothing behind. Only names that a layout asks for are looked for.
struct LinkSupply: Sendable {
    /// A link that was not in a folder.
    struct Carried: Sendable {
        let bytes: [UInt8]
        /// Where it came from, for messages.
        let origin: String
    }

    let folders: [String]
    /// By names such as `build.776a00e2.link` or `build.776a00e2/inner.1234abcd.link`.
    private(set) var carried: [UTF8Text: Carried] = [:]
    /// The places as they were given, without passwords.
    let places: [String]

    /// Layouts within layouts that are followed, as in a folder.
    static let maximumDepth = 3

    /// Gathers what the layouts ask for.
    ///
    /// - Parameters:
    ///   - sources: folders, URLs that end with a slash, lists of assets, wheels.
    ///   - fetcher: how to ask servers; nothing comes from them without one.
    init(
        _ sources: [String], for layouts: [Layout], _ fetcher: (any Fetcher)?,
        limits: ReleaseVerifier.Limits = ReleaseVerifier.Limits()
    ) async throws(PublishingError) {
        places = sources.map {
            LinkSource.isWeb($0) ? FetchError.withoutCredentials($0) : $0
        }
        guard !layouts.isEmpty else {
            folders = []
            return
        }
        var folders: [String] = []
        var gathering = Gathering(fetcher: fetcher, limits: limits)
        do throws(LinkSourceError) {
            for text in sources {
                let source = try LinkSource(text)
                if case .folder(let folder) = source {
                    folders.append(folder)
                    continue
                }
                for layout in layouts { try await gathering.gather(layout, from: source) }
            }
        } catch {
            if case .storage(let error) = error { throw .storage(error) }
            throw .links(error)
        }
        if let (first, second) = gathering.contradiction { throw .differentLinks(first, second) }
        self.folders = folders
        carried = gathering.carried
    }

    /// Names of the carried links in the folder of a sub-chain, without the folder.
    func names(in folder: String) -> [String] {
        let prefix = Array("\(folder)/".utf8)
        return carried.keys.compactMap { name in
            guard name.utf8.starts(with: prefix) else { return nil }
            let rest = name.utf8.dropFirst(prefix.count)
            return rest.contains(UInt8(ascii: "/"))
                ? nil : String(decoding: rest, as: UTF8.self)
        }.sorted()
    }
}

/// Asks one source after the other for the links that layouts want.
private struct Gathering {
    let fetcher: (any Fetcher)?
    let limits: ReleaseVerifier.Limits
    var carried: [UTF8Text: LinkSupply.Carried] = [:]
    /// Origins of two different links of one name.
    var contradiction: (String, String)?
    private var bytes = 0
    private var asked: Set<String> = []

    init(fetcher: (any Fetcher)?, limits: ReleaseVerifier.Limits) {
        self.fetcher = fetcher
        self.limits = limits
    }

    mutating func gather(
        _ layout: Layout, from source: LinkSource, below folder: String = "", depth: Int = 0
    ) async throws(LinkSourceError) {
        for name in LinkSupply.names(layout) {
            let path = folder + name
            for link in try await links(UTF8Text(path), from: source) {
                try keep(link, as: UTF8Text(path))
                guard depth < LinkSupply.maximumDepth, let inner = LinkSupply.layout(link.bytes)
                else { continue }
                try await gather(
                    inner, from: source, below: "\(path.dropLast(".link".count))/",
                    depth: depth + 1)
            }
        }
    }

    private mutating func links(
        _ path: UTF8Text, from source: LinkSource
    ) async throws(LinkSourceError) -> [LinkSupply.Carried] {
        switch source {
        case .folder: return []
        case .wheel(let wheel):
            return (wheel.links[path] ?? []).map {
                LinkSupply.Carried(bytes: $0, origin: "\(path) in \(wheel.file)")
            }
        case .web(let base):
            return try await fetched(
                base + LinkSupply.encoded(path), as: path, mayLack: true)
        case .assets(let list):
            var found: [LinkSupply.Carried] = []
            for url in try list.urls(of: path) {
                found += try await fetched(url, as: path, mayLack: false)
            }
            return found
        }
    }

    /// - Parameter mayLack: whether 404 says that there is no such link, and no more.
    private mutating func fetched(
        _ url: String, as path: UTF8Text, mayLack: Bool
    ) async throws(LinkSourceError) -> [LinkSupply.Carried] {
        // Two layouts of one release may want the same link.
        guard asked.insert("\(path) \(url)").inserted else { return [] }
        guard asked.count <= limits.links else {
            throw .tooMany("links", maximum: limits.links)
        }
        guard let fetcher else {
            throw .fetch(FetchError(url: url, reason: .unreachable("no network here")))
        }
        do throws(FetchError) {
            let bytes = try await fetcher.fetch(url, maximumBytes: limits.linkBytes)
            return [.init(bytes: bytes, origin: FetchError.withoutCredentials(url))]
        } catch {
            if mayLack && error.reason == .notFound { return [] }
            throw .fetch(error)
        }
    }

    private mutating func keep(
        _ link: LinkSupply.Carried, as name: UTF8Text
    ) throws(LinkSourceError) {
        if let known = carried[name] {
            if known.bytes != link.bytes && contradiction == nil {
                contradiction = (known.origin, link.origin)
            }
            return
        }
        bytes += link.bytes.count
        guard bytes <= limits.evidenceBytes else {
            throw .tooMany("bytes of links", maximum: limits.evidenceBytes)
        }
        carried[name] = link
    }
}

extension LinkSupply {
    /// The names of the links of those whom a layout allows, in the order of its steps.
    static func names(_ layout: Layout) -> [String] {
        var seen: Set<UTF8Text> = []
        var names: [String] = []
        // A layout within a layout may come from anywhere.
        for step in layout.steps where Step.isSafe(name: step.name) {
            for id in step.pubkeys.flatMap({ layout.functionary($0)?.fileIDs ?? [$0] }) {
                let name = Link.fileName(step: step.name, keyID: id)
                if seen.insert(UTF8Text(name)).inserted { names.append(name) }
            }
        }
        return names
    }

    /// The layout that stands in the place of a link, if it is one.
    static func layout(_ bytes: [UInt8]) -> Layout? {
        (try? LayoutReading.layout(bytes))?.layout
    }

    /// A name as it stands in a URL.
    static func encoded(_ name: UTF8Text) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: bytes.append(byte)
            case _ where "-._~/".utf8.contains(byte): bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
