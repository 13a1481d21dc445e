// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Who we are to a server. Without any, only what a URL itself says (`https://user:password@…`)
/// is sent.
///
/// A URL's own credentials come first, then a token, then the netrc file. None of them goes to a
/// host that it is not for, nor over plain HTTP to another machine unless the URL itself says it.
public struct TransportCredentials: Sendable {
    /// A netrc file that names hosts with user and password; none is read unless it is named here.
    public var netrcFile: String?
    public var token: BearerToken?

    public init(netrcFile: String? = nil, token: BearerToken? = nil) {
        self.netrcFile = netrcFile
        self.token = token
    }
}

/// Why credentials cannot be used.
public enum CredentialError: Error, Equatable, Sendable {
    case unreadable(path: String, code: Int32)
    case empty(path: String)
    case tooLong(path: String)
    /// Other characters than those of a bearer token, or more than one line.
    case malformed(path: String)
    /// The origin is no URL, or a place where everybody can read what is sent.
    case originRefused(String)
}

extension CredentialError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let code):
            "token file \(quoted(path.utf8)): \(lowerFirst(strerror(code)))"
        case .empty(let path): "token file \(quoted(path.utf8)): empty, expected a token"
        case .tooLong(let path):
            "token file \(quoted(path.utf8)): longer than \(BearerToken.maximumBytes) bytes"
        case .malformed(let path):
            "token file \(quoted(path.utf8)): other characters than a token has, or several lines"
        case .originRefused(let words): "token refused for \(words)"
        }
    }
}
