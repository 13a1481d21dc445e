// SPDX-License-Identifier: Apache-2.0
public import TUFClient

/// A download on its way to the user's path: not visible in the same folder, and named only
/// when the caller has verified it.
///
/// What came of a broken download can be kept and gone on with. Nothing is known of those bytes:
/// whoever resumes must have the digest over all of them checked before ``publish()``.
///
/// `FetchSink` promises one thread at a time, and the caller touches it only before and after
/// the transfer, so it needs no lock.
public final class DownloadedFile: RestartableSink, @unchecked Sendable {
    /// Why a chunk was refused.
    public private(set) var failure: StorageError?
    /// Bytes that are there, those of an earlier download included.
    public private(set) var count = 0
    private let destination: String
    private var file: TemporaryFile
    /// Under which name a broken download is kept; known once its digest is.
    private var partialPath: String?

    /// - Parameter destination: where the file will appear; its folder must exist.
    public init(_ destination: String) throws(StorageError) {
        try FileSystem.expectReplaceable(destination)
        self.destination = destination
        file = try TemporaryFile(replacing: destination)
    }

    /// A download of a file with this digest, resumed if a broken one was kept.
    ///
    /// - SeeAlso: ``resume(_:length:_:)``.
    public convenience init(
        _ destination: String, resuming digest: String, length: Int,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) {
        try self.init(destination)
        try resume(digest, length: length, take)
    }

    /// Goes on where a broken download of the same file ended, if it was kept and no other
    /// process is at it. Before anything is received.
    ///
    /// - Parameters:
    ///   - digest: of the whole file, in hexadecimal digits; it finds what was kept.
    ///   - length: of the whole file; what is longer is removed and not taken.
    ///   - take: gets the bytes that are there, piece by piece, to be hashed; they are not valid
    ///     after the call.
    /// - Returns: ``count``: from where on bytes are to be received; 0 if there is nothing.
    /// - Throws: `StorageError` if what is there cannot be read; it is removed then.
    @discardableResult
    public func resume(
        _ digest: String, length: Int, _ take: (UnsafeRawBufferPointer) -> Void
    ) throws(StorageError) -> Int {
        guard count == 0, digest.utf8.count >= 16, digest.utf8.allSatisfy(isHexDigit) else {
            return count
        }
        let name = "\(HiddenFile.stem(of: destination)).\(digest.prefix(16)).carnet-part"
        partialPath = name
        var found = 0
        let kept = try TemporaryFile(
            resuming: name, to: destination, maximumBytes: length
        ) { bytes in
            found += bytes.count
            take(bytes)
        }
        if let kept {
            file = kept
            count = found
        }
        return count
    }

    /// ``resume(_:length:_:)`` as a download asks for it, once it is about to begin.
    public func keptBytes(_ digest: String, length: Int) -> KeptBytes {
        { take throws(StoreError) in
            try storing { () throws(StorageError) -> Void in
                try self.resume(digest, length: length, take)
            }
        }
    }

    /// Throws away what came, that of an earlier download included, and begins anew.
    public func restart() -> Bool {
        do throws(StorageError) {
            try file.restart()
            count = 0
            return true
        } catch {
            failure = error
            return false
        }
    }

    public func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        do throws(StorageError) {
            try file.write(chunk)
            count += chunk.count
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// An open descriptor of what came; it stays this one's, and open until it is published.
    package var readable: Int32 { file.readable }

    /// Gives the verified file its name, durably.
    public func publish() throws(StorageError) { try file.publishDurably() }

    /// Leaves what came for the next attempt, in a hidden file beside the destination.
    ///
    /// - Returns: whether something is kept; not if nothing came, or ``resume(_:length:_:)`` was
    ///   never asked.
    @discardableResult
    public func keepPartial() -> Bool {
        guard count > 0, let partialPath else {
            file.discard()
            return false
        }
        return file.keep(as: partialPath)
    }

    /// Removes what came, that of an earlier download included.
    public func discard() { file.discard() }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
}
