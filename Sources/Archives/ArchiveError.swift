// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Why an archive was refused.
public enum ArchiveError: Error, Equatable, Sendable {
    /// The file cannot be read; the system's number for why.
    case unreadable(code: Int32)
    /// The library that unpacks is not there, or is too old.
    case noLibrary(Packing, isOld: Bool)
    case outOfMemory
    /// Somebody wrote to the file while it was read.
    case changed
    /// The task that reads was cancelled.
    case cancelled
    /// The archive as a whole.
    case archive(ArchiveFormat, ArchiveFault)
    /// One entry, by its name as it stands in the archive.
    case entry(name: [UInt8], EntryFault)
    case limit(ArchiveBound, found: Int, maximum: Int)
}

/// What an archive is.
public enum ArchiveFormat: String, Sendable {
    case tar, zip, ar, deb, gzip, xz, zstd
}

/// What is wrong with an archive as a whole.
public enum ArchiveFault: Equatable, Sendable {
    /// It does not begin, or for zip end, as one does.
    case otherFormat
    case truncated
    /// Something follows its end, precedes its beginning or lies between its entries.
    case strayBytes
    case damaged
    /// A header does not have the sum that it says.
    case headerSum
    /// A field of a header is not what it must be.
    case field(String)
    /// Two places that say the same do not agree.
    case disagreement(String)
    /// It needs a larger window than it may have.
    case window(maximumBytes: Int)
    /// In several parts or encrypted.
    case unsupported(String)
    /// A member that must be there, or must be in this place.
    case member(found: [UInt8]?, expected: String)
}

/// What is wrong with one entry.
public enum EntryFault: Equatable, Sendable {
    case absoluteName
    case parentName
    case nulInName
    case emptyName
    case nameNotUTF8
    /// Tools do not agree on what file such a name gives.
    case ambiguousName
    case duplicate
    /// A file where the archive has a folder, a folder where it has a file, or a name with a
    /// slash at its end that is no folder.
    case fileAndFolder
    /// A symbolic link of the archive leads to its place.
    case throughLink(at: [UInt8])
    case linkLeaves(target: [UInt8])
    case linkLoop(target: [UInt8])
    /// A hard link to what is no file that came before.
    case hardLink(target: [UInt8])
    case device
    case pipe
    case sparse
    case unknownKind(UInt8)
    case encrypted
    case method(Int)
    case size(found: Int, expected: Int)
    case checksum
    case disagreement(String)
    case overlap
    case field(String)
    case damaged
    /// It would take the place of the archive, or of what was there before it.
    case replaces
    /// Its name, as it is recorded, is that of another file too.
    case sameRecordedName
}

/// What is bounded.
public enum ArchiveBound: String, Sendable {
    case totalBytes, fileBytes, files, ratio, nameBytes, allNamesBytes, depth
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let code): "unreadable, \(String(cString: strerror(code)))"
        case .noLibrary(let packing, isOld: false):
            "no \(packing.library): the Debian package \(packing.debianPackage) has it"
        case .noLibrary(let packing, isOld: true): "\(packing.library) is too old"
        case .outOfMemory: "out of memory"
        case .changed: "changed while it was read"
        case .cancelled: "cancelled"
        case .archive(let format, let fault): fault.words(format)
        case .entry(let name, let fault): "entry \(shown(name)): \(fault)"
        case .limit(let bound, let found, let maximum): bound.words(found, maximum)
        }
    }
}

extension ArchiveFault {
    func words(_ format: ArchiveFormat) -> String {
        switch self {
        case .otherFormat: "not a \(format) archive"
        case .truncated: "\(format): truncated"
        case .strayBytes: "\(format): bytes that belong to no entry"
        case .damaged: "\(format): damaged"
        case .headerSum: "\(format): a header does not have its checksum"
        case .field(let name): "\(format): field \(name) malformed"
        case .disagreement(let what): "\(format): contradicts itself about \(what)"
        case .window(let maximum): "\(format): a window of more than \(maximum) bytes needed"
        case .unsupported(let what): "\(format): \(what) found, which is not understood"
        case .member(let found?, let expected):
            "\(format): member \(shown(found)) found, \(expected) expected"
        case .member(nil, let expected): "\(format): no member \(expected)"
        }
    }
}

extension EntryFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .absoluteName: "absolute name, relative one expected"
        case .parentName: "\"..\" in its name"
        case .nulInName: "NUL in its name"
        case .emptyName: "no name"
        case .nameNotUTF8: "name is not UTF-8"
        case .ambiguousName: "tools unpack this name differently"
        case .duplicate: "there twice"
        case .fileAndFolder: "both a file and a folder"
        case .throughLink(let link): "would be written through the link \(shown(link))"
        case .linkLeaves(let target): "link to \(shown(target)) leaves the archive's folder"
        case .linkLoop(let target): "link to \(shown(target)) leads back to where it is"
        case .hardLink(let target): "hard link to \(shown(target)), which is no file before it"
        case .device: "device found, file expected"
        case .pipe: "named pipe found, file expected"
        case .sparse: "sparse file, which is not understood"
        case .unknownKind(let kind): "kind \(kind) found, file, folder or link expected"
        case .encrypted: "encrypted"
        case .method(let method): "compression method \(method) found, 0 or 8 expected"
        case .size(let found, let expected): "\(found) bytes found, \(expected) expected"
        case .checksum: "does not have its checksum"
        case .disagreement(let what): "its headers contradict each other about \(what)"
        case .overlap: "overlaps another entry"
        case .field(let name): "field \(name) malformed"
        case .damaged: "damaged"
        case .replaces: "would replace a file that was there before"
        case .sameRecordedName: "would be recorded under the name of another file"
        }
    }
}

extension ArchiveBound {
    func words(_ found: Int, _ maximum: Int) -> String {
        switch self {
        case .totalBytes: "\(found) bytes unpacked found, at most \(maximum) expected"
        case .fileBytes: "a file of \(found) bytes found, at most \(maximum) expected"
        case .files: "\(found) entries found, at most \(maximum) expected"
        case .ratio: "\(found) times its packed size found, at most \(maximum) times expected"
        case .nameBytes: "a name of \(found) bytes found, at most \(maximum) expected"
        case .allNamesBytes:
            "\(found) bytes of names found, at most \(maximum) bytes expected"
        case .depth: "\(found) folders in one another found, at most \(maximum) expected"
        }
    }
}

/// A name from an archive, fit for a message.
func shown(_ name: [UInt8]) -> String { quoted(String(decoding: name, as: UTF8.self)) }
