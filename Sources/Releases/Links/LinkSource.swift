// SPDX-License-Identifier: Apache-2.0
public import Archives
public import CanonicalJSON
public import RepositoryStorage
public import TUFClient

/// A place where links are looked for.
///
/// Wherever they come from they are only carried: what counts is decided by the layout.
enum LinkSource: Sendable {
    case folder(String)
    /// A folder of a web server; its URL ends with a slash.
    case web(String)
    /// The files of a release page, by their names.
    case assets(AssetList)
    /// `*.dist-info/extra_metadata/` of a wheel.
    case wheel(WheelLinks)

    /// What a word of the command line stands for.
    ///
    /// - Throws: ``LinkSourceError``.
    init(_ text: String) throws(LinkSourceError) {
        if LinkSource.isWeb(text) {
            let isFolder =
                text.utf8.last == UInt8(ascii: "/")
                && !text.utf8.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
            guard isFolder else {
                throw .noFolderURL(FetchError.withoutCredentials(text))
            }
            self = .web(text)
        } else if FileSystem.isDirectory(text) {
            self = .folder(text)
        } else if !FileSystem.exists(text) {
            throw .storage(StorageError(path: text, reason: "no such folder of links"))
        } else if text.hasSuffix(".whl") {
            self = .wheel(try WheelLinks(text))
        } else if text.hasSuffix(".json") {
            self = .assets(try AssetList(text))
        } else {
            throw .unknownPlace(text)
        }
    }

    /// Whether it is a URL that a server answers for.
    static func isWeb(_ text: String) -> Bool {
        let lower = text.utf8.prefix(8).map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        return lower.starts(with: "https://".utf8) || lower.starts(with: "http://".utf8)
    }
}

/// Why a place of links gave none.
public enum LinkSourceError: Error, Equatable, Sendable {
    /// Neither a folder, a URL, a list of assets nor a wheel.
    case unknownPlace(String)
    /// A URL of a file, or one with a query.
    case noFolderURL(String)
    case storage(StorageError)
    case fetch(FetchError)
    /// No list of a release's assets in the form of GitHub or GitLab.
    case assets(file: String, JSONError)
    /// An asset that is one of the links wanted has no URL on the web.
    case assetURL(file: String, name: String, found: String)
    case wheel(file: String, ArchiveError)
    /// More than a consumer takes; how many of what.
    case tooMany(String, maximum: Int)
}

extension LinkSourceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownPlace(let text):
            "\(LinkSourceError.shown(text)): no place of links, expected a folder, a URL that ends "
                + "with /, a wheel, or a release's list of assets as .json"
        case .noFolderURL(let url):
            "\(LinkSourceError.shown(url)): a file, expected the URL of a folder of links, with / "
                + "at its end"
        case .storage(let error): "\(error)"
        case .fetch(let error): "\(error)"
        case .assets(let file, let error):
            "\(file): no list of a release's assets as GitHub and GitLab give it: \(error)"
        case .assetURL(let file, let name, let found):
            "\(file): asset \(quoted(name)): \(quoted(found)) found, a URL of https expected"
        case .wheel(let file, let error): "\(file): \(error)"
        case .tooMany(let what, let maximum): "more \(what) than the \(maximum) that a client takes"
        }
    }

    /// A word of the command line; one with odd characters in it is quoted.
    private static func shown(_ text: String) -> String {
        text.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? text : quoted(text)
    }
}
