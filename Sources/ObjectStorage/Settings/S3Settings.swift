// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// Where an S3 store is and who we are to it.
package struct S3Settings: Sendable {
    package enum Addressing: String, Sendable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    package let endpoint: S3Endpoint
    package let addressing: Addressing
    package let region: String
    /// `nil` to ask as nobody in particular.
    package let credentials: S3Credentials?

    /// - Parameter addressing: `nil` for the usual one: the bucket's own host with AWS itself, a
    ///   path with any other endpoint.
    package init(
        endpoint: S3Endpoint? = nil, region: String = "us-east-1",
        credentials: S3Credentials?, addressing: Addressing? = nil
    ) {
        self.endpoint = endpoint ?? .ofAWS(region: region)
        self.region = region
        self.credentials = credentials
        self.addressing = addressing ?? (endpoint == nil ? .virtual : .path)
    }
}

extension S3Settings {
    /// Reads what AWS's own tools read, in their order: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`,
    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_PROFILE`, and the profile in `AWS_SHARED_CREDENTIALS_FILE` and
    /// `AWS_CONFIG_FILE` (`~/.aws/credentials`, `~/.aws/config`).
    ///
    /// - Parameters:
    ///   - allowsPlainHTTP: whether an `http:` endpoint may be another machine's.
    ///   - variable: the value of an environment variable.
    ///   - read: a file's bytes, at most so many; `nil` if there is none.
    package init(
        allowsPlainHTTP: Bool = false, environment variable: @escaping (String) -> String?,
        read: (_ path: String, _ maximumBytes: Int) throws(S3SettingsError) -> [UInt8]?
    ) throws(S3SettingsError) {
        let value = { (name: String) in variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let profile = try AWSProfile(environment: value, read: read)
        let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? profile["region"]
        if let region, !isRegion(region) { throw .regionMalformed(region) }
        let endpoint = try Self.endpoint(value, profile, allowsPlainHTTP: allowsPlainHTTP)
        self.init(
            endpoint: endpoint, region: region ?? "us-east-1",
            credentials: try Self.credentials(value, profile),
            addressing: try Self.addressing(profile))
    }

    /// Those of this process's environment, and of the files that it leads to.
    package static func ofProcess(
        allowsPlainHTTP: Bool = false
    ) throws(S3SettingsError) -> S3Settings {
        try S3Settings(
            allowsPlainHTTP: allowsPlainHTTP,
            environment: { name in getenv(name).map { String(cString: $0) } },
            read: { path, maximumBytes throws(S3SettingsError) in
                do throws(StorageError) {
                    return try FileSystem.read(path, maximumBytes: maximumBytes)
                } catch {
                    throw .fileUnreadable(path: path, words: error.reason)
                }
            })
    }

    private static func endpoint(
        _ value: (String) -> String?, _ profile: AWSProfile, allowsPlainHTTP: Bool
    ) throws(S3SettingsError) -> S3Endpoint? {
        var found: (text: String, source: String)?
        for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] where found == nil {
            found = value(name).map { ($0, name) }
        }
        if found == nil {
            let text = profile.service("s3.endpoint_url") ?? profile["endpoint_url"]
            found = text.map { ($0, "endpoint_url of profile \(profile.name)") }
        }
        guard let found else { return nil }
        guard let endpoint = S3Endpoint(found.text) else {
            throw .endpointMalformed(found.text, source: found.source)
        }
        guard endpoint.isPrivate || allowsPlainHTTP else {
            throw .plainEndpoint(found.text, source: found.source)
        }
        return endpoint
    }

    private static func credentials(
        _ value: (String) -> String?, _ profile: AWSProfile
    ) throws(S3SettingsError) -> S3Credentials? {
        // As AWS's own tools do, even if AWS_PROFILE names a profile.
        switch (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY")) {
        case (let key?, let secret?):
            return S3Credentials(
                accessKey: key, secret: secret, sessionToken: value("AWS_SESSION_TOKEN"))
        case (nil, nil): return try profile.credentials()
        default: throw .credentialsIncomplete(source: "AWS_ACCESS_KEY_ID")
        }
    }

    private static func addressing(_ profile: AWSProfile) throws(S3SettingsError) -> Addressing? {
        guard let style = profile["s3.addressing_style"], style != "auto" else { return nil }
        guard let addressing = Addressing(rawValue: style) else {
            throw .addressingMalformed(style)
        }
        return addressing
    }
}

private func isRegion(_ text: String) -> Bool {
    text.utf8.count <= 64
        && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
            default: false
            }
        }
}
