// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A small file system of its own; only root may mount one.
final class SmallDisk {
    let path: String

    init(_ path: String, kilobytes: Int) throws {
        try Files.makeFolder(path)
        guard mount("none", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw SystemFailure("mount \(path)")
        }
        self.path = path
    }

    /// Uses up what is left.
    func fill() throws {
        let descriptor = open("\(path)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure("filler") }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw SystemFailure("filler") }
    }

    func makeReadOnly() throws {
        guard mount("none", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 else {
            throw SystemFailure("remount \(path)")
        }
    }

    func unmount() { umount(path) }

    /// Whether this process may mount at all.
    static let isPossible: Bool = {
        guard let folder = try? Files.temporaryFolder() else { return false }
        defer { rmdir(folder) }
        guard let disk = try? SmallDisk(folder, kilobytes: 16) else { return false }
        disk.unmount()
        return true
    }()
}

extension Stage {
    /// Mounts a small disk in a folder of the stage.
    @discardableResult
    func mountDisk(_ folder: String, kilobytes: Int) throws -> SmallDisk {
        let disk = try SmallDisk(path(folder), kilobytes: kilobytes)
        disks.append(disk)
        return disk
    }
}
