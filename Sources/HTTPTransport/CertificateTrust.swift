// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Whose certificates are trusted: the system's, or these alone.
struct CertificateTrust: Sendable {
    /// A file of PEM certificates.
    let file: String?
    /// A directory of PEM certificates under the names that `openssl rehash` gives.
    let directory: String?

    var isOfSystem: Bool { file == nil && directory == nil }

    /// What is wrong with the directory; libcurl says so of a file only.
    var problem: String? {
        guard let directory else { return nil }
        var status = stat()
        guard stat(directory, &status) == 0 else {
            return "CA directory not usable: \(lowerFirst(strerror(errno)))"
        }
        return status.st_mode & S_IFMT == S_IFDIR
            ? nil : "CA directory not usable: not a directory"
    }
}
