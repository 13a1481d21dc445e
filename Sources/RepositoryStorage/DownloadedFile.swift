// SPDX-License-Identifier: Apache-2.0
public import TUFClient

/// A download on its way to the user's path: written under a hidden name in the same folder,
/// and named only when the caller has verified it.
///
/// `FetchSink` promises one thread at a time, and the caller touches it only before and after
/// the transfer, so it needs no lock.
public final class DownloadedFile: FetchSink, @unchecked Sendable {
    /// Why a chunk was refused.
    public private(set) var failure: StorageError?
    private let file: TemporaryFile

    /// - Parameter destination: where the file will appear; its folder must exist.
    public init(_ destination: String) throws(StorageError) {
        try FileSystem.expectReplaceable(destination)
        file = try TemporaryFile(replacing: destination)
    }

    public func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        do throws(StorageError) {
            try file.write(chunk)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Gives the verified file its name, durably.
    public func publish() throws(StorageError) {
        try file.publish()
        try FileSystem.synchronize(directory: FileSystem.parent(of: file.destination))
    }

    /// Removes what came.
    public func discard() { file.discard() }
}
