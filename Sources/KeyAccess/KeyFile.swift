// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning

/// A private key in a file of PEM.
enum KeyFile {
    /// Largest file that is read, in bytes.
    static let maximumBytes = 64 << 10

    /// Reads the key, asking for its passphrase if it has one.
    static func open(
        _ path: String, for use: KeyUse, _ dialog: any KeyDialog
    ) throws(KeyAccessError) -> PrivateKey {
        var pem = try read(path)
        defer { wipe(&pem) }
        do throws(SigningError) {
            return try PrivateKey(pem: pem, passphrase: nil)
        } catch {
            guard error == .passphraseNeeded else { throw .key(name: use.keyName, error) }
        }
        var secret = try dialog.passphrase(use)
        defer { wipe(&secret) }
        do throws(SigningError) {
            return try PrivateKey(pem: pem, passphrase: secret)
        } catch {
            throw .key(name: use.keyName, error)
        }
    }

    private static func read(_ path: String) throws(KeyAccessError) -> [UInt8] {
        // Not blocking, so that a pipe in this place is seen to be none of ours.
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, .latest) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unreadable(path: path, .latest) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .unreadable(path: path, SystemReason(number: isFolder ? EISDIR : EINVAL))
        }
        guard status.st_size <= maximumBytes else {
            throw .unreadable(path: path, SystemReason(number: EFBIG))
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, .latest) }
            if count == 0 { break }
            filled += count
        }
        // In place: a copy would stay behind.
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Overwrites a secret; copies made elsewhere are not reached.
    private static func wipe(_ secret: inout [UInt8]) {
        secret.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
        }
    }
}
