// SPDX-License-Identifier: Apache-2.0
import MetadataSigning
import TUFClient

/// Hashes what goes through it, so that a registry's bytes are those that their name says.
///
/// `FetchSink` promises one thread at a time, and the store touches it only before and after the
/// transfer, so it needs no lock.
final class DigestingSink: FetchSink, @unchecked Sendable {
    /// Bytes that came.
    private(set) var count = 0
    private let inner: any FetchSink
    private var running = RunningDigest(.sha256)

    init(_ inner: any FetchSink) { self.inner = inner }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        count += chunk.count
        running.update(chunk)
        return inner.receive(chunk)
    }

    /// The digest of what came.
    func finish() -> ContentDigest { ContentDigest(finishing: &running) }
}

/// Takes bytes for their digest alone.
final class DiscardingSink: FetchSink {
    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool { true }
}

/// Keeps bytes; like ``DigestingSink`` it needs no lock.
final class MemorySink: FetchSink, @unchecked Sendable {
    private(set) var bytes: [UInt8] = []

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes.append(contentsOf: chunk)
        return true
    }
}
