// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import RepositoryStorage

/// The files of a release page, as the interfaces of GitHub and GitLab list them: a release with
/// its `assets`, or the list of assets alone.
struct AssetList: Sendable {
    /// Path of the list.
    let file: String
    /// URLs by name; a name may stand twice.
    private var urls: [UTF8Text: [UTF8Text]] = [:]

    private static let maximumBytes = 16 << 20

    /// Where the two say what a file's URL is, the best first: GitHub's `url` leads to a
    /// description of the file, GitLab's `url` may lead to a page.
    private static let urlMembers: [UTF8Text] = [
        "browser_download_url", "direct_asset_url", "url",
    ]

    init(_ file: String) throws(LinkSourceError) {
        self.file = file
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try FileSystem.read(file, maximumBytes: AssetList.maximumBytes)
        } catch {
            throw .storage(error)
        }
        guard let bytes else {
            throw .storage(StorageError(path: file, reason: "no such file"))
        }
        do throws(JSONError) {
            for asset in try AssetList.assets(try JSONDocument(bytes).root) {
                let object = try asset.object()
                let name = try object.required("name").text()
                guard name.string.hasSuffix(".link") else { continue }
                urls[name, default: []].append(try AssetList.url(object))
            }
        } catch {
            throw .assets(file: file, error)
        }
    }

    /// The elements that describe assets.
    private static func assets(_ root: JSONValue) throws(JSONError) -> [JSONValue] {
        if root.kind == .array { return try root.array() }
        let assets = try root.object().required("assets")
        if assets.kind == .array { return try assets.array() }
        return try assets.object().required("links").array()
    }

    private static func url(_ asset: JSONObject) throws(JSONError) -> UTF8Text {
        for member in urlMembers {
            if let url = asset[member], url.kind == .string { return try url.text() }
        }
        return try asset.required("url").text()
    }

    /// Where the files of this name are.
    ///
    /// - Throws: ``LinkSourceError/assetURL(file:name:found:)`` for what is no address of a web
    ///   server: the list comes from elsewhere, and must not lead to files of this machine.
    func urls(of name: UTF8Text) throws(LinkSourceError) -> [String] {
        var found: [String] = []
        for url in urls[name] ?? [] {
            guard LinkSource.isWeb(url.string) else {
                throw .assetURL(file: file, name: name.string, found: url.string)
            }
            found.append(url.string)
        }
        return found
    }
}
