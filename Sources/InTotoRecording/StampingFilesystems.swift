// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Filesystems on which no write to a file leaves its times as they were.
enum StampingFilesystems {
    /// Network and user-space filesystems may show stale times, and tmpfs does not stamp writes
    /// through mapped memory.
    private static let types: Set = ["ext2", "ext3", "ext4", "xfs", "f2fs", "overlay"]

    /// Devices of those that are mounted; none if the kernel does not say.
    static func devices() -> Set<UInt64> {
        guard let bytes = readWhole("/proc/self/mountinfo") else { return [] }
        var devices: Set<UInt64> = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw
            let fields = String(decoding: line, as: UTF8.self).utf8.split(separator: 0x20)
            guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                fields.count > max(dash + 1, 2),
                let type = String(fields[dash + 1]), types.contains(type)
            else { continue }
            let numbers = fields[2].split(separator: 0x3A).compactMap { UInt64(Substring($0)) }
            if numbers.count == 2 { devices.insert(device(major: numbers[0], minor: numbers[1])) }
        }
        return devices
    }

    /// `makedev` of sys/sysmacros.h, a macro.
    private static func device(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xFFFF_F000) << 32 | (major & 0xFFF) << 8
            | (minor & 0xFFFF_FF00) << 12 | (minor & 0xFF)
    }

    private static func readWhole(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { return result }
            result.append(contentsOf: chunk[0..<count])
        }
    }
}
