// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata
import TestKit
import Testing

/// Keeps what comes; can begin anew, or not.
class KeepingSink: FetchSink, @unchecked Sendable {
    // One thread at a time, as FetchSink promises.
    var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        bytes += chunk
        return true
    }

    /// What was there before the download.
    var kept: KeptBytes {
        let kept = bytes
        return { take in kept.withUnsafeBytes(take) }
    }
}

final class AnewSink: KeepingSink, RestartableSink, @unchecked Sendable {
    var restarts = 0

    func restart() -> Bool {
        bytes = []
        restarts += 1
        return true
    }
}

/// A file of 3500 bytes at two mirrors, and what describes it.
struct Broken {
    let mirrors: Mirrors
    let file: TargetFile
    let state: RepositoryState
    let name: String
    let bytes = Array(String(repeating: "0123456789", count: 350).utf8)
    let bad = [UInt8](repeating: 0, count: 3500)

    init() async throws {
        var scene = Scene()
        scene.repository.add("file", String(decoding: bytes, as: UTF8.self))
        scene.repository.publish(.targets)
        mirrors = Mirrors(scene)
        state = try await mirrors.updater.refresh()
        _ = mirrors.requests()
        let path = try #require(TargetPath("file"))
        file = try #require(state.targets.document.files[path])
        name = "targets/\(file.digest.hex).file"
    }

    func download(
        into sink: any FetchSink, resuming kept: KeptBytes? = nil, mirrors count: Int = 2
    ) async throws(UpdateError) {
        let urls = mirrors.network.urls.prefix(count).map { $0 + "targets" }
        let notices = mirrors.notices
        try await TargetDownload(
            mirrors: urls, of: state, fetcher: mirrors.network, notice: { notices.add($0) }
        ).download(file, into: sink, resuming: kept)
    }

    func refusal(
        into sink: any FetchSink, resuming kept: KeptBytes? = nil, mirrors count: Int = 1
    ) async -> UpdateError? {
        do throws(UpdateError) {
            try await download(into: sink, resuming: kept, mirrors: count)
        } catch { return error }
        return nil
    }

    func requests(_ list: String...) -> [String] {
        list.map { entry in
            let (mirror, offset) = (entry.prefix(1), entry.dropFirst())
            return "\(mirror) \(name)\(offset)"
        }
    }
}
