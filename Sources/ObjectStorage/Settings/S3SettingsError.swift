// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Why it is not clear which store is meant, or who we are to it. No case holds a secret.
package enum S3SettingsError: Error, Equatable, Sendable {
    /// No `s3://bucket/prefix`.
    case locationMalformed(String)
    /// - Parameter source: the variable or the file that says it.
    case endpointMalformed(String, source: String)
    case plainEndpoint(String, source: String)
    case fileUnreadable(path: String, words: String)
    case fileMalformed(path: String, line: Int)
    case profileMissing(String)
    /// Only one of access key and secret.
    case credentialsIncomplete(source: String)
    /// The profile gets its credentials in a way that Carnet does not know.
    case credentialsUnsupported(profile: String, setting: String)
    case regionMalformed(String)
    case addressingMalformed(String)
}

extension S3SettingsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .locationMalformed(let url): "\(quoted(url)): expected s3://bucket/prefix"
        case .endpointMalformed(let url, let source):
            "\(source): \(quoted(url)) found, https://host or http://host expected"
        case .plainEndpoint(let url, let source):
            "\(source): \(quoted(url)) would send everything in the clear, https expected"
        case .fileUnreadable(let path, let words): "\(path): \(words)"
        case .fileMalformed(let path, let line):
            "\(path): line \(line) is neither [section] nor name = value"
        case .profileMissing(let name): "profile \(quoted(name)): in neither of AWS's files"
        case .credentialsIncomplete(let source):
            "\(source): an access key without its secret, or the reverse"
        case .credentialsUnsupported(let profile, let setting):
            "profile \(quoted(profile)): \(setting) found, aws_access_key_id expected"
        case .regionMalformed(let region): "region \(quoted(region)): letters, digits, - expected"
        case .addressingMalformed(let style):
            "addressing_style \(quoted(style)): auto, path or virtual expected"
        }
    }
}
