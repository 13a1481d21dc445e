// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// The folder of one file after the other, kept open: of a hundred thousand files most lie in the
/// folder of the one before, and the system need not find its way there again.
package struct SourceFolder {
    private final class Opened {
        /// With the slash at its end.
        let path: UTF8Text
        let descriptor: Int32

        /// `nil` if it cannot be opened; then the whole path shows why.
        init?(_ path: UnsafeBufferPointer<UInt8>) {
            self.path = UTF8Text(String(decoding: path, as: UTF8.self))
            // It may be one that can be searched, but not read.
            descriptor = open(self.path.string, 0o10000000 | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
        }

        deinit { close(descriptor) }
    }

    private var opened: Opened?

    package init() {}

    /// Calls `body` with a folder and the name in it, as the system's calls take them.
    ///
    /// - Parameter path: as `open` takes it.
    mutating func with<Result>(
        _ path: String, _ body: (Int32, UnsafePointer<CChar>) -> Result
    ) -> Result {
        path.withCString { text in
            let bytes = UnsafeRawBufferPointer(start: text, count: path.utf8.count)
                .assumingMemoryBound(to: UInt8.self)
            guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash < bytes.count - 1
            else { return body(AT_FDCWD, text) }
            let folder = UnsafeBufferPointer(rebasing: bytes[...slash])
            if opened?.path.withBytes({ compareBytes($0, folder) }) != 0 {
                opened = Opened(folder)
            }
            guard let opened else { return body(AT_FDCWD, text) }
            return body(opened.descriptor, text + slash + 1)
        }
    }
}
