// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A PIN in memory of its own, wiped with its last reference.
///
/// The memory is written before anybody else sees the object and then only read.
final class PIN: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<UInt8>

    /// Takes the bytes over and wipes the array they came in.
    init(_ bytes: inout [UInt8]) {
        memory = .allocate(capacity: max(bytes.count, 1))
        memory.initialize(repeating: 0)
        _ = memory.update(fromContentsOf: bytes)
        count = bytes.count
        wipe(&bytes)
    }

    deinit {
        if let base = memory.baseAddress { explicit_bzero(base, memory.count) }
        memory.deallocate()
    }

    let count: Int

    var pointer: UnsafeMutablePointer<UInt8>? { memory.baseAddress }

    func isSame(as other: PIN) -> Bool {
        memory.prefix(count).elementsEqual(other.memory.prefix(other.count))
    }
}

/// Overwrites secret bytes.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { buffer in
        if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
    }
    bytes = []
}

extension PIN {
    private static let maximumBytes = 255

    /// Reads the file of `pin-source`: its first line.
    ///
    /// - Throws: ``TokenError/pinSource(path:reason:)``, also for a file that others may read.
    static func read(_ path: String) throws(TokenError) -> PIN {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            throw .pinSource(path: path, reason: String(cString: strerror(errno)).lowercased())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .pinSource(path: path, reason: "unreadable")
        }
        let isFile = status.st_mode & S_IFMT == S_IFREG
        guard !isFile || status.st_mode & S_IROTH == 0 else {
            throw .pinSource(path: path, reason: "everybody may read it, mode 0600 expected")
        }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        defer { wipe(&bytes) }
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { break }
            count += read
            if bytes[..<count].contains(UInt8(ascii: "\n")) { break }
        }
        let end = bytes[..<count].firstIndex(of: UInt8(ascii: "\n")) ?? count
        guard end <= maximumBytes else {
            throw .pinSource(path: path, reason: "longer than \(maximumBytes) bytes")
        }
        guard end > 0 else { throw .pinSource(path: path, reason: "empty") }
        var line = Array(bytes[..<end])
        return PIN(&line)
    }
}
