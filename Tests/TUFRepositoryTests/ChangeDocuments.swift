// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository

/// Documents with something in each place that a change can be in.
enum ChangeDocuments {
    static let digest = String(repeating: "ab12", count: 16)
    static let otherDigest = String(repeating: "cd34", count: 16)

    static func root() throws -> JSON {
        var root = MetadataBuilder.root(
            [
                (.root, try keys("alice", "bob", "carol", threshold: 2)),
                (.targets, try keys("alice", "bob", threshold: 2)),
                (.snapshot, try keys("online")), (.timestamp, try keys("online")),
            ], days: 365, now: now)
        root.set("x-carnet-name", "demo")
        root.set("x-further", ["one": 1, "list": [1, "two", [true, .null]]])
        return root
    }

    static func delegations() throws -> JSON {
        MetadataBuilder.delegations([
            .init(
                role: RoleName("layouts"), keys: try keys("alice", "bob", threshold: 2),
                patterns: ["in-toto-metadata/*.layout", "in-toto-pubkeys/*"], isTerminating: true),
            .init(
                role: RoleName("links"), keys: try keys("online"),
                patterns: ["in-toto-metadata/*/*.link"], isTerminating: true),
            .init(
                role: .releases, keys: try keys("online", "carol"),
                patterns: ["demo/*", "demo/?/*.whl"], isTerminating: false),
        ])
    }

    static func file(
        _ digest: String = digest, length: Int = 1234, custom: JSON? = nil
    ) -> JSON {
        MetadataBuilder.targetFile(length: length, sha256: digest, custom: custom)
    }

    static let layout: JSON = [
        "in-toto": ["in-toto-pubkeys/a.pub", "in-toto-pubkeys/b.pub"],
        "carnet": [
            "threshold": 2, "applies-to": ["demo/{version}/*.whl", "demo/{version}/*.tar.gz"],
            "product-of": "wheel", "names": ["ab": "alice"],
        ],
    ]

    static func targets() throws -> JSON {
        var targets = MetadataBuilder.targets(days: 365, now: now)
        targets.set("delegations", try delegations())
        targets.set("x-carnet", ["layouts": "layouts", "unattested": ["demo/*/CHANGELOG.txt"]])
        targets.set(
            "targets",
            [
                "demo/1/a.whl": file(
                    custom: ["in-toto": ["w.layout", "a.link", "b.link"], "x": 1]),
                "demo/1/b.whl": file(), "w.layout": file(custom: layout),
                "demo/é\u{202E}/c": file(),
            ])
        return targets
    }

    static func bins() throws -> JSON {
        let online = try key("online").publicKey
        var targets = MetadataBuilder.targets(days: 30, now: now)
        let id = online.keyID.text
        targets.set(
            "delegations",
            [
                "keys": .object([JSON.Member(id, online.json)]),
                "succinct_roles": [
                    "keyids": [.string(id)], "threshold": 1, "bit_length": 10, "name_prefix": "bin",
                ],
            ])
        return targets
    }

    static func snapshot() -> JSON {
        var snapshot = MetadataBuilder.snapshot(
            [.targets, .releases], days: 7, now: now, nonce: SnapshotNonce(0, 1))
        snapshot.set(
            "meta",
            [
                "targets.json": ["version": 4],
                "releases.json": [
                    "version": 9, "length": 100, "hashes": ["sha256": .text(digest)],
                ],
                "links.json": ["version": 2, "length": 100],
            ])
        return snapshot
    }

    /// Each kind of document under the name of its role.
    static func all() throws -> [(role: RoleName, document: JSON)] {
        [
            (.root, try root()), (.targets, try targets()), (.releases, try bins()),
            (.snapshot, snapshot()), (.timestamp, snapshot()),
        ]
    }
}

/// The changes of a role between two trees, at ``now``.
func changes(
    _ role: RoleName, _ old: JSON?, _ new: JSON?, listing: Int = 10, at moment: Instant = now
) throws -> RoleChanges {
    try RoleChanges(of: role, from: old, to: new, at: moment, listing: listing)
}

extension JSON {
    /// Changes what stands at a path of member names and positions in lists.
    mutating func change(_ path: [UTF8Text], _ edit: (inout JSON?) -> Void) {
        guard let step = path.first else {
            var copy: JSON? = self
            edit(&copy)
            self = copy ?? .null
            return
        }
        if case .array(var elements) = self, let position = Int(step.string) {
            if path.count == 1 {
                var element: JSON? = position < elements.count ? elements[position] : nil
                edit(&element)
                if position < elements.count { elements.remove(at: position) }
                if let element { elements.insert(element, at: min(position, elements.count)) }
            } else {
                elements[position].change(Array(path.dropFirst()), edit)
            }
            self = .array(elements)
            return
        }
        var member = self[step]
        if path.count == 1 {
            edit(&member)
        } else {
            var inner = member ?? [:]
            inner.change(Array(path.dropFirst()), edit)
            member = inner
        }
        set(step, member)
    }

    /// The same with a value put, or taken away, at a path as in `roles.root.threshold`.
    func with(_ value: JSON?, at path: UTF8Text...) -> JSON {
        var copy = self
        copy.change(path) { $0 = value }
        return copy
    }

    /// Paths of all values in it, its own first.
    var paths: [[UTF8Text]] {
        let inner: [(UTF8Text, JSON)] =
            switch self {
            case .object(let members): members.map { ($0.key, $0.value) }
            case .array(let elements):
                elements.enumerated().map { (UTF8Text("\($0.offset)"), $0.element) }
            default: []
            }
        return [[]] + inner.flatMap { step, value in value.paths.map { [step] + $0 } }
    }
}
