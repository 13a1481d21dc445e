// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Digests of a first recording that a second one may take over without reading the files.
///
/// A digest is kept only if any later write would show: the file had not changed in the two
/// seconds before its recording began (a change after it then cannot have fallen into the same
/// tick of the clock that stamps files, two seconds on the coarsest), and it is on a local
/// filesystem that stamps each write, also one through mapped memory. It is taken over only
/// for a file of the same device, inode, size and times, to the nanosecond, and by a recording
/// of the same digests.
///
/// A file costs 48 bytes, its digests, and eight to sixteen to find it by.
public struct KnownDigests: Sendable {
    /// What the digests are, and of what.
    struct Kind: Sendable, Equatable {
        let digests: DigestSet
        let normalizesLineEndings: Bool
    }

    let kind: Kind
    private var identities: [FileIdentity] = []
    /// Rows of digests, in the order of the identities.
    private var rows: [UInt8] = []
    /// Numbers of identities, one more than they are; 0 for none. Found by hash, then upwards.
    private var places: [UInt32] = []
    private let devices: Set<UInt64>
    /// Files that changed in this second or later are not kept.
    private let tooLate: Int

    /// Number of files whose digests are known.
    public var count: Int { identities.count }

    /// Begins to collect; to be called before the first file is opened.
    init(_ kind: Kind, marginSeconds: Int) {
        self.kind = kind
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        tooLate = now.tv_sec - marginSeconds
        devices = StampingFilesystems.devices()
    }

    /// Copies the digests of a file to `row`, if they are known.
    func copyDigests(
        of identity: FileIdentity, to row: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let index = index(of: identity) else { return false }
        let size = kind.digests.byteCount
        rows.withUnsafeBytes { rows in
            row.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: rows[index * size..<(index + 1) * size]))
        }
        return true
    }

    /// Makes room for so many files more.
    mutating func reserve(_ count: Int) {
        identities.reserveCapacity(identities.count + count)
        rows.reserveCapacity(rows.count + count * kind.digests.byteCount)
        let wanted = 2 * (identities.count + count)
        guard places.count < wanted else { return }
        var size = 64
        while size < wanted { size *= 2 }
        places = [UInt32](repeating: 0, count: size)
        for index in identities.indices { place(index) }
    }

    /// Keeps the digests of a file, if a later change could not be missed; there must be room.
    mutating func keep(_ row: UnsafeRawBufferPointer, of identity: FileIdentity) {
        guard identity.changedSeconds < tooLate, identity.modifiedSeconds < tooLate,
            devices.contains(identity.device), index(of: identity) == nil
        else { return }
        identities.append(identity)
        rows.append(contentsOf: row)
        place(identities.count - 1)
    }

    private mutating func place(_ index: Int) {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: identities[index].hash) & mask
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = UInt32(index + 1)
    }

    private func index(of identity: FileIdentity) -> Int? {
        guard !places.isEmpty else { return nil }
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: identity.hash) & mask
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if identities[index] == identity { return index }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Devices of the mounted filesystems that stamp; none if the kernel does not say.
    package static func stampingDevices() -> Set<UInt64> { StampingFilesystems.devices() }
}
