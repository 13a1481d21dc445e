// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TUFClient
import TUFMetadata

/// Keeps every file that the client verified, byte for byte, all roots among them.
final class ImportStore: TrustedStore {
    private struct Files {
        var roots: [[UInt8]]
        var roles: [RoleName: [UInt8]] = [:]
    }

    private let files: Mutex<Files>

    init(root: [UInt8]) { files = Mutex(Files(roots: [root])) }

    /// From the one trusted first to the newest.
    var roots: [[UInt8]] { files.withLock { $0.roots } }
    var roles: [RoleName: [UInt8]] { files.withLock { $0.roles } }

    func load(_ role: RoleName) -> [UInt8]? {
        files.withLock { role == .root ? $0.roots.last : $0.roles[role] }
    }

    func save(_ bytes: [UInt8], as role: RoleName) {
        files.withLock {
            if role == .root { $0.roots.append(bytes) } else { $0.roles[role] = bytes }
        }
    }

    func remove(_ role: RoleName) { files.withLock { $0.roles[role] = nil } }
}
