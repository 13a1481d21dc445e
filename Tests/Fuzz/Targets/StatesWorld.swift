// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// The metadata files that the keys of this target have ever signed, and what is known about
/// each without reading it.
struct StatesWorld {
    /// Which keys count, by their numbers.
    struct Say {
        let keys: Set<Int>
        let threshold: Int
    }

    /// What one file says about another.
    struct Expectation {
        let version: Int
        let bytes: [UInt8]?
    }

    struct Piece {
        let role: RoleName
        let version: Int
        let expires: Int
        /// Of a root: who speaks for the top-level roles.
        var says: [RoleName: Say] = [:]
        /// Of a timestamp or a snapshot: what it lists.
        var lists: [RoleName: Expectation] = [:]
        let signed: JSON
        /// Who signed this very file.
        var signers: Set<Int>
        var bytes: [UInt8] = []
    }

    static let shared = lasting { StatesWorld() }

    /// Moments at which an input may take place.
    static let moments = [1_000, 2_000, 3_000]

    private(set) var pieces: [Piece] = []
    /// By the bytes that are signed: the file, and all who ever signed these bytes.
    private(set) var known: [[UInt8]: Piece] = [:]

    private let keys = (0..<6).map { number in
        require(
            try? PrivateKey(
                ed25519Seed: DigestAlgorithm.sha256.digest(of: Array("fuzz key \(number)".utf8))),
            "a key has a seed of 32 bytes")
    }

    private init() {
        addRoots()
        addOnlineFiles()
        for piece in pieces {
            let signed = piece.signed.canonicalBytes()
            var first = known[signed] ?? piece
            first.signers.formUnion(piece.signers)
            known[signed] = first
        }
    }

    // MARK: roots

    private mutating func addRoots() {
        let online = { (key: Int) -> [RoleName: Say] in
            [
                .timestamp: Say(keys: [key], threshold: 1), .snapshot: Say(keys: [3], threshold: 1),
                .targets: Say(keys: [0, 4], threshold: 2),
            ]
        }
        let first = online(2).merging([.root: Say(keys: [0, 1], threshold: 2)]) { $1 }
        let second = online(5).merging([.root: Say(keys: [1, 5], threshold: 2)]) { $1 }
        let alone = online(5).merging([.root: Say(keys: [1], threshold: 2)]) { $1 }
        addRoot(1, 2_500, first, by: [0, 1])
        addRoot(1, 2_500, first, by: [0])
        addRoot(2, 1_500, second, by: [0, 1, 5])
        addRoot(2, 1_500, second, by: [1, 5])
        addRoot(2, 1_500, second, by: [0, 1])
        addRoot(3, 3_500, second, by: [1, 5])
        addRoot(4, 3_500, second, by: [0, 1, 5])
        // One key under two ids, which is one key all the same.
        addRoot(3, 3_500, alone, by: [1, 5], alias: 1)
        addRoot(3, 3_500, first, by: [0, 1, 2, 3, 4, 5])
    }

    private mutating func addRoot(
        _ version: Int, _ expires: Int, _ says: [RoleName: Say], by signers: Set<Int>,
        alias: Int? = nil
    ) {
        var listed: [JSON.Member] = []
        for number in says.values.reduce(into: Set<Int>(), { $0.formUnion($1.keys) }) {
            listed.append(JSON.Member(id(number).text, keys[number].publicKey.json))
        }
        if let alias { listed.append(JSON.Member("alias", keys[alias].publicKey.json)) }
        let roles = says.map { role, say in
            let ids = say.keys.sorted().map { JSON.string(id($0).text) }
            let more: [JSON] = role == .root && alias != nil ? ["alias"] : []
            return JSON.Member(
                role.text, ["keyids": .array(ids + more), "threshold": .integer(say.threshold)])
        }
        var signed = common("root", version, expires)
        signed.set("consistent_snapshot", .boolean(version != 1))
        signed.set("keys", .object(listed))
        signed.set("roles", .object(roles))
        add(
            Piece(
                role: .root, version: version, expires: expires, says: says, signed: signed,
                signers: signers), alias: alias)
    }

    // MARK: the other roles

    private mutating func addOnlineFiles() {
        let targets = [(1, 3_500), (2, 3_500), (3, 1_500)].map { version, expires in
            var signed = common("targets", version, expires)
            signed.set("targets", .object([]))
            return add(Piece(.targets, version, expires, signed, by: [0, 4]))
        }
        add(Piece(.targets, 2, 3_500, targets[1].signed, by: [0, 2, 3]))
        let delegate = RoleName("a/b")
        let snapshots = [
            addList(.snapshot, 1, 3_500, [.targets: (targets[0], true)], by: [3]),
            addList(
                .snapshot, 2, 3_500,
                [.targets: (targets[1], false), delegate: (targets[0], false)],
                by: [3]),
            addList(
                .snapshot, 3, 3_500, [.targets: (targets[0], true), delegate: (targets[1], false)],
                by: [3, 0]),
            addList(.snapshot, 4, 3_500, [.targets: (targets[2], false)], by: [3]),
            addList(.snapshot, 5, 1_500, [.targets: (targets[1], false)], by: [3]),
        ]
        addList(.snapshot, 2, 3_500, [.targets: (targets[1], false)], by: [2, 4])
        for (version, expires, snapshot, withBytes, signer) in [
            (1, 3_500, 0, true, 2), (2, 3_500, 1, false, 2), (2, 3_500, 1, false, 5),
            (3, 3_500, 2, true, 5), (4, 3_500, 3, false, 5), (5, 2_500, 4, false, 5),
            (6, 3_500, 0, false, 5), (7, 3_500, 2, false, 0),
        ] {
            addList(
                .timestamp, version, expires, [.snapshot: (snapshots[snapshot], withBytes)],
                by: [signer])
        }
    }

    @discardableResult
    private mutating func addList(
        _ role: RoleName, _ version: Int, _ expires: Int,
        _ listed: [RoleName: (piece: Piece, withBytes: Bool)], by signers: Set<Int>
    ) -> Piece {
        var signed = common(role.string, version, expires)
        var meta: JSON = .object([])
        var lists: [RoleName: Expectation] = [:]
        for (name, (piece, withBytes)) in listed {
            var entry: JSON = ["version": .integer(piece.version)]
            if withBytes {
                entry.set("length", .integer(piece.bytes.count))
                entry.set(
                    "hashes", ["sha256": .text(DigestAlgorithm.sha256.hexDigest(of: piece.bytes))])
            }
            meta.set(name.metaName, entry)
            lists[name] = Expectation(
                version: piece.version, bytes: withBytes ? piece.bytes : nil)
        }
        signed.set("meta", meta)
        var piece = Piece(role, version, expires, signed, by: signers)
        piece.lists = lists
        return add(piece)
    }

    // MARK: signing

    private func id(_ number: Int) -> KeyID { keys[number].publicKey.keyID }

    private func common(_ type: String, _ version: Int, _ expires: Int) -> JSON {
        [
            "_type": .text(type), "spec_version": "1.0.34", "version": .integer(version),
            "expires": .text("\(Instant(seconds: expires))"),
        ]
    }

    @discardableResult
    private mutating func add(_ piece: Piece, alias: Int? = nil) -> Piece {
        var piece = piece
        var signers = piece.signers.sorted().map { (id: id($0), signer: keys[$0] as any Signer) }
        if let alias { signers.append((KeyID("alias"), keys[alias])) }
        piece.bytes = require(
            try? SignedFile.bytes(
                signing: piece.signed, with: signers, indented: piece.version % 2 == 0),
            "a file is signed")
        pieces.append(piece)
        return piece
    }
}

extension StatesWorld.Piece {
    init(
        _ role: RoleName, _ version: Int, _ expires: Int, _ signed: JSON, by signers: Set<Int>
    ) {
        self.init(
            role: role, version: version, expires: expires, signed: signed, signers: signers)
    }
}

extension RoleName {
    fileprivate var string: String { text.string }
}
