// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Synchronization
import TUFClient
import TUFMetadata

/// What a mirror trusts while it looks at a source: the state that it serves, and over it what was
/// verified since, as received.
final class RecordingStore: TrustedStore {
    private struct State {
        var files: [RoleName: [UInt8]]
        var roots: [[UInt8]] = []
        var rotations: [RoleName: [UInt8]] = [:]
    }

    private let state: Mutex<State>

    init(_ files: [RoleName: [UInt8]]) { state = Mutex(State(files: files)) }

    /// New roots, in order.
    var roots: [[UInt8]] { state.withLock { $0.roots } }

    /// Rotation files (TAP 8) by their names on the server, relative to the metadata.
    var rotations: [(name: UTF8Text, bytes: [UInt8])] {
        state.withLock { $0.rotations }.sorted { $0.key < $1.key }.compactMap { role, bytes in
            RecordingStore.rotationFile(role).map { ($0, bytes) }
        }
    }

    func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        state.withLock { $0.files[role] ?? $0.rotations[role] }
    }

    func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        state.withLock { state in
            if role == .root { state.roots.append(bytes) }
            if role.isTopLevel {
                state.files[role] = bytes
            } else if RecordingStore.rotationFile(role) != nil {
                state.rotations[role] = bytes
            }
        }
    }

    func remove(_ role: RoleName) throws(StoreError) { state.withLock { $0.files[role] = nil } }

    /// `rotate/a/b.rotate.2` lies at `rotate/a%2Fb.rotate.2`.
    private static func rotationFile(_ role: RoleName) -> UTF8Text? {
        let bytes = Array(role.text.utf8)
        let prefix = Array("rotate/".utf8)
        let infix = Array(".rotate.".utf8)
        guard bytes.starts(with: prefix) else { return nil }
        let digits = bytes.reversed().prefix { (0x30...0x39).contains($0) }.count
        let end = bytes.count - digits - infix.count
        guard digits > 0, end > prefix.count, bytes[end...].starts(with: infix) else { return nil }
        let name = RoleName(UTF8Text(String(decoding: bytes[prefix.count..<end], as: UTF8.self)))
        let rest = String(decoding: bytes[end...], as: UTF8.self)
        return UTF8Text("rotate/\(name.encoded)\(rest)")
    }
}
