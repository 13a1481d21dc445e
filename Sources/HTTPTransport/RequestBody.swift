// SPDX-License-Identifier: Apache-2.0
import CCurl
import Glibc

/// Gives libcurl the bytes of a body; on the engine's thread once it is made.
struct RequestBody {
    private enum Source {
        case bytes([UInt8])
        case file(descriptor: Int32, offset: Int, state: FileState)
    }

    /// When a file was written to last, as far as its file system tells.
    private struct FileState: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ descriptor: Int32) throws(BodyFault) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else {
                throw .unreadable(lowerFirst(strerror(errno)))
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw .unreadable("not a regular file")
            }
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    /// Bytes.
    let length: Int
    /// Why no more can be sent.
    private(set) var fault: BodyFault?
    private let source: Source
    private let mayEnd: (@Sendable () -> Bool)?
    private var position = 0

    init(
        _ body: HTTPRequest.Body, mayEnd: (@Sendable () -> Bool)? = nil
    ) throws(BodyFault) {
        length = body.length
        self.mayEnd = mayEnd
        switch body {
        case .none: source = .bytes([])
        case .bytes(let bytes): source = .bytes(bytes)
        case .file(let path, let offset, let length):
            // A FIFO without a writer must not hold us.
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { throw .unreadable(lowerFirst(strerror(errno))) }
            do throws(BodyFault) {
                let state = try FileState(descriptor)
                guard offset >= 0, length >= 0, length <= state.size, offset <= state.size - length
                else { throw .changed }
                source = .file(descriptor: descriptor, offset: offset, state: state)
            } catch {
                Glibc.close(descriptor)
                throw error
            }
        }
    }

    func close() {
        if case .file(let descriptor, _, _) = source { Glibc.close(descriptor) }
    }

    /// The next bytes.
    ///
    /// - Returns: how many were copied, 0 at the end; `nil` if there can be no more, for which
    ///   `fault` has the reason.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let count = min(buffer.count, length - position)
        guard count > 0 else { return 0 }
        switch source {
        case .bytes(let bytes):
            bytes.withUnsafeBytes { all in
                let piece = UnsafeRawBufferPointer(rebasing: all[position...].prefix(count))
                buffer.copyMemory(from: piece)
            }
            position += count
            return count
        case .file(let descriptor, let offset, let state):
            do throws(BodyFault) {
                let got = try Self.read(descriptor, offset + position, count, into: buffer)
                // Whoever gets the last bytes takes the body for whole.
                if position + got == length {
                    let isSame = try FileState(descriptor) == state
                    guard isSame, mayEnd?() ?? true else { throw .changed }
                }
                position += got
                return got
            } catch {
                fault = error
                return nil
            }
        }
    }

    private static func read(
        _ descriptor: Int32, _ place: Int, _ count: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BodyFault) -> Int {
        while true {
            let got = pread(descriptor, buffer.baseAddress, count, place)
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .unreadable(lowerFirst(strerror(errno))) }
            guard got > 0 else { throw .changed }
            return got
        }
    }

    /// - Returns: whether the next bytes are those from `place` on.
    mutating func seek(to place: Int) -> Bool {
        guard (0...length).contains(place) else { return false }
        position = place
        return true
    }
}
