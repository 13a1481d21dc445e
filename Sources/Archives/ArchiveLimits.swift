// SPDX-License-Identifier: Apache-2.0

/// Bounds on what one archive may unpack to.
public struct ArchiveLimits: Sendable {
    /// All files together, and a packed stream as a whole.
    public var totalBytes = 4 << 30
    public var fileBytes = 2 << 30
    /// Entries of any kind.
    public var files = 100_000
    /// How many times larger than its packed form something may become…
    public var ratio = 200
    /// …once it is larger than this: a few zeros are packed far better.
    public var ratioFloorBytes = 16 << 20
    public var nameBytes = 4096
    /// All names together, and all paths of what is unpacked: a packed archive may repeat long
    /// ones at next to no cost.
    public var allNamesBytes = 64 << 20
    /// Folders in one another.
    public var depth = 100
    /// What unpacking may allocate because the data says so.
    public var windowBytes = 128 << 20

    public init() {}

    /// - Throws: `.limit(.ratio, …)`.
    func checkRatio(unpacked: Int, packed: Int) throws(ArchiveError) {
        guard unpacked > ratioFloorBytes, unpacked / max(1, packed) >= ratio else { return }
        throw .limit(.ratio, found: unpacked / max(1, packed), maximum: ratio)
    }
}

/// What was unpacked so far, against the limits.
struct Budget {
    private let limits: ArchiveLimits
    private var files = 0
    private var bytes = 0
    private var names = 0

    init(_ limits: ArchiveLimits) { self.limits = limits }

    /// Counts the name of an entry.
    mutating func admit(name: [UInt8]) throws(ArchiveError) {
        names += name.count
        guard names <= limits.allNamesBytes else {
            throw .limit(.allNamesBytes, found: names, maximum: limits.allNamesBytes)
        }
    }

    /// Counts an entry before anything of it is read.
    mutating func admit(bytes count: Int) throws(ArchiveError) {
        files += 1
        guard files <= limits.files else {
            throw .limit(.files, found: files, maximum: limits.files)
        }
        guard count <= limits.fileBytes else {
            throw .limit(.fileBytes, found: count, maximum: limits.fileBytes)
        }
        bytes += count
        guard bytes <= limits.totalBytes else {
            throw .limit(.totalBytes, found: bytes, maximum: limits.totalBytes)
        }
    }
}
