// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

/// What a synchronization notes about the state that it published: that all its files are there.
///
/// It is no description of the state and is trusted for nothing that a client is shown. Without it,
/// or with one of another state, the next synchronization looks at each file again. Where
/// `timestamp.json` is damaged it says what the mirror does not go back behind.
struct MirrorRecord: Sendable, Equatable {
    static let name = UTF8Text("carnet-mirror.json")
    static let format = "carnet/mirror/1"
    private static let maximumBytes = 1 << 20

    /// The state: its newest root, its snapshot, and the timestamp that it was published with.
    let root: Int
    let snapshot: Int
    let timestamp: Int
    /// The first root that the source had.
    let firstRoot: Int
    let selection: MirrorSelection

    private var json: JSON {
        [
            "format": .text(MirrorRecord.format), "first_root": .integer(firstRoot),
            "root": .integer(root), "snapshot": .integer(snapshot),
            "timestamp": .integer(timestamp), "selection": selection.json,
        ]
    }

    init(_ state: RepositoryState, firstRoot: Int, selection: MirrorSelection) {
        root = state.root.document.version
        snapshot = state.snapshot.document.version
        timestamp = state.timestamp.document.version
        self.firstRoot = firstRoot
        self.selection = selection
    }

    private init(_ bytes: [UInt8]) throws(JSONError) {
        let limits = JSONLimits(maximumBytes: MirrorRecord.maximumBytes)
        let object = try JSONDocument(bytes, limits: limits).root.object()
        let format = try object.required("format")
        guard try format.text() == UTF8Text(MirrorRecord.format) else {
            throw format.mismatch("\"\(MirrorRecord.format)\"")
        }
        root = try object.required("root").integer(in: 1...Int.max)
        firstRoot = try object.required("first_root").integer(in: 1...Int.max)
        snapshot = try object.required("snapshot").integer(in: 1...Int.max)
        // Earlier ones did not say it.
        timestamp = try object["timestamp"]?.integer(in: 1...Int.max) ?? 0
        selection = try MirrorSelection(try object.required("selection"))
    }

    /// - Returns: `nil` where there is none that can be read.
    static func read(
        _ store: any RepositoryStore
    ) async throws(MirrorError) -> (record: MirrorRecord?, tag: StoreTag?) {
        let file = try await storing { () throws(RepositoryStoreError) in
            try await store.read(name, maximumBytes: maximumBytes)
        }
        guard let file else { return (nil, nil) }
        return (try? MirrorRecord(file.bytes), file.tag)
    }

    /// Puts it in the place of the one there, unless that tells of a later state.
    ///
    /// - Parameter isLocked: whether the caller keeps all others from writing.
    func write(_ store: any RepositoryStore, isLocked: Bool) async throws(MirrorError) {
        if isLocked {
            try await storing { () throws(RepositoryStoreError) in
                try await store.put(MirrorRecord.name, .bytes(json.indentedBytes()))
            }
            return
        }
        for _ in 0..<8 {
            let (old, tag) = try await MirrorRecord.read(store)
            if old == self { return }
            if let old, (old.root, old.snapshot, old.timestamp) > (root, snapshot, timestamp) {
                return
            }
            let isReplaced = try await storing { () throws(RepositoryStoreError) in
                try await store.replace(
                    MirrorRecord.name, with: json.indentedBytes(), expecting: tag)
            }
            if isReplaced { return }
        }
    }
}
