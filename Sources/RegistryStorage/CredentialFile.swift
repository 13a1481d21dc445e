// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage

/// A `config.json` of docker, or an `auth.json` of podman and skopeo.
///
///     {"auths": {"registry.example:5000": {"auth": "<base64 of user:password>"}},
///      "credHelpers": {"other.example": "pass"}, "credsStore": "secretservice"}
struct CredentialFile {
    private static let maximumBytes = 1 << 20

    private let path: String
    private let root: JSONObject

    /// - Returns: `nil` if there is no such file.
    /// - Throws: ``RegistryError/credentials(path:_:)``; its words quote nothing of the file.
    init?(_ path: String) throws(RegistryError) {
        self.path = path
        let bytes: [UInt8]?
        do throws(StorageError) {
            bytes = try FileSystem.read(path, maximumBytes: CredentialFile.maximumBytes)
        } catch {
            throw .credentials(path: path, error.reason)
        }
        guard let bytes else { return nil }
        do throws(JSONError) {
            let limits = JSONLimits(
                maximumBytes: CredentialFile.maximumBytes, maximumDepth: 16,
                maximumValues: 1 << 16)
            root = try JSONDocument(bytes, limits: limits).root.object()
        } catch {
            throw .credentials(path: path, "no JSON object, as docker's config.json is one")
        }
    }

    /// What comes after `docker-credential-` in the name of the program to be asked.
    func helper(for place: RegistryPlace) -> String? {
        let helpers = try? root["credHelpers"]?.object()
        let named = helpers?[UTF8Text(place.registry)] ?? root["credsStore"]
        guard let text = try? named?.text(), !text.isEmpty else { return nil }
        return text.string
    }

    /// What the file itself says.
    func login(for place: RegistryPlace) throws(RegistryError) -> RegistryLogin {
        guard let entries = try? root["auths"]?.object() else { return .anonymous(remark: "") }
        for key in CredentialFile.keys(for: place) {
            guard let entry = try? entries[UTF8Text(key)]?.object() else { continue }
            return try login(entry, key)
        }
        return .anonymous(remark: "")
    }

    private func login(_ entry: JSONObject, _ key: String) throws(RegistryError) -> RegistryLogin {
        func text(_ name: UTF8Text) -> String {
            guard let text = try? entry[name]?.text() else { return "" }
            return text.string
        }
        guard text("identitytoken").isEmpty else {
            return .anonymous(
                remark: "\(quoted(path)) has an identity token for it, which is not used here")
        }
        if !text("username").isEmpty {
            return .password(user: text("username"), password: text("password"))
        }
        guard !text("auth").isEmpty else { return .anonymous(remark: "") }
        let colon = UInt8(ascii: ":")
        guard let pair = bytes(fromBase64: text("auth")), let end = pair.firstIndex(of: colon),
            let user = String(validating: pair[..<end], as: UTF8.self),
            let password = String(
                validating: pair[(end + 1)...].filter { $0 != 0 }, as: UTF8.self)
        else {
            throw .credentials(
                path: path, "auth of \(quoted(key)) is not base64 of user and password")
        }
        return .password(user: user, password: password)
    }

    /// Under what names a repository's credentials may be kept, the most special first.
    static func keys(for place: RegistryPlace) -> [String] {
        var names = [place.registry]
        for word in place.name.split(separator: "/") { names.append("\(names.last!)/\(word)") }
        let url = ["https://", "http://"].flatMap { scheme in
            ["", "/", "/v1/", "/v2/"].map { "\(scheme)\(place.registry)\($0)" }
        }
        return names.reversed() + url
    }
}
