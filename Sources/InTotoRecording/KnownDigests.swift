// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Digests of a first recording that a second one may take over without reading the files.
///
/// A digest is kept only if any later write would show: the file had not changed in the two
/// seconds before its recording began (a change after it then cannot have fallen into the same
/// tick of the clock that stamps files, two seconds on the coarsest), and it is on a local
/// filesystem that stamps each write, also one through mapped memory. It is taken over only
/// for a file of the same device, inode, size and times, to the nanosecond.
public struct KnownDigests: Sendable {
    /// Network and user-space filesystems may show stale times, and tmpfs does not stamp writes
    /// through mapped memory.
    private static let stampingFilesystems: Set = [
        "ext2", "ext3", "ext4", "xfs", "f2fs", "overlay",
    ]

    private var digests: [FileIdentity: FileDigest] = [:]
    private let devices: Set<UInt64>
    /// Files that changed in this second or later are not kept.
    private let tooLate: Int

    /// Number of files whose digests are known.
    public var count: Int { digests.count }

    /// Begins to collect; to be called before the first file is opened.
    init(marginSeconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        tooLate = now.tv_sec - marginSeconds
        devices = KnownDigests.stampingDevices()
    }

    subscript(identity: FileIdentity) -> FileDigest? { digests[identity] }

    mutating func reserve(_ count: Int) { digests.reserveCapacity(count) }

    /// Keeps the digest of a file, if a later change could not be missed.
    mutating func keep(_ digest: FileDigest, for identity: FileIdentity) {
        guard identity.changedSeconds < tooLate, identity.modifiedSeconds < tooLate,
            devices.contains(identity.device)
        else { return }
        digests[identity] = digest
    }

    /// Devices of the mounted filesystems that stamp; none if the kernel does not say.
    package static func stampingDevices() -> Set<UInt64> {
        guard let bytes = readWhole("/proc/self/mountinfo") else { return [] }
        var devices: Set<UInt64> = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw
            let fields = String(decoding: line, as: UTF8.self).utf8.split(separator: 0x20)
            guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                fields.count > max(dash + 1, 2),
                let type = String(fields[dash + 1]), stampingFilesystems.contains(type)
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
