// SPDX-License-Identifier: Apache-2.0

/// One profile of AWS's two files.
struct AWSProfile {
    let name: String
    private let settings: [String: String]
    /// Of the `[services …]` section that the profile names.
    private let services: [String: String]

    init(
        environment value: (String) -> String?,
        read: (String, Int) throws(S3SettingsError) -> [UInt8]?
    ) throws(S3SettingsError) {
        let named = value("AWS_PROFILE") ?? value("AWS_DEFAULT_PROFILE")
        let name = named ?? "default"
        func file(_ variable: String, _ usual: String) throws(S3SettingsError) -> AWSFile {
            let home = value("HOME").map { "\($0)/.aws/\(usual)" }
            guard let path = value(variable) ?? home,
                let bytes = try read(path, AWSFile.maximumBytes)
            else { return AWSFile() }
            return try AWSFile(bytes, path: path)
        }
        let config = try file("AWS_CONFIG_FILE", "config")
        let credentials = try file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        let plain = name == "default" ? config.settings(of: "default") : nil
        let general = config.settings(of: "profile \(name)") ?? plain
        let secret = credentials.settings(of: name)
        if named != nil, general == nil, secret == nil { throw .profileMissing(name) }
        self.name = name
        settings = (general ?? [:]).merging(secret ?? [:]) { _, new in new }
        services = settings["services"].flatMap { config.settings(of: "services \($0)") } ?? [:]
    }

    subscript(setting: String) -> String? {
        settings[setting].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A setting for one service, such as `s3.endpoint_url`.
    func service(_ setting: String) -> String? { services[setting] ?? self[setting] }

    /// - Returns: `nil` if the profile has none.
    func credentials() throws(S3SettingsError) -> S3Credentials? {
        switch (self["aws_access_key_id"], self["aws_secret_access_key"]) {
        case (let key?, let secret?):
            return S3Credentials(
                accessKey: key, secret: secret, sessionToken: self["aws_session_token"])
        case (nil, nil):
            // To ask as nobody where somebody was meant would only be refused without a reason.
            let others = [
                "role_arn", "sso_session", "sso_start_url", "credential_process",
                "web_identity_token_file", "login_session",
            ]
            if let other = others.first(where: { self[$0] != nil }) {
                throw .credentialsUnsupported(profile: name, setting: other)
            }
            return nil
        default: throw .credentialsIncomplete(source: "profile \(name)")
        }
    }
}
