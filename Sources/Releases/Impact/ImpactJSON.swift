// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Impact {
    /// The same as ``text`` for a program: `Docs/Formats/Impact.md`.
    public var json: JSON {
        [
            "schema": "carnet/impact/1",
            "key": [
                "ids": .array(key.ids.map { .string($0.text) }),
                "names": .array(key.names.map(JSON.text)), "type": .string(key.key.type),
            ],
            "roles": .array(roles.map(\.json)), "policies": .array(policies.map(\.json)),
            "releases": .array(releases.map(\.json)),
        ]
    }
}

extension Impact.Role {
    fileprivate var json: JSON {
        [
            "role": .string(name.text), "threshold": .integer(threshold), "keys": .integer(keys),
            "files": .integer(files),
        ]
    }
}

extension Impact.Policy {
    fileprivate var json: JSON {
        var json: JSON = [
            "name": .text(name), "path": .string(path.text),
            "steps": .array(
                steps.map {
                    [
                        "name": .string($0.name), "threshold": .integer($0.threshold),
                        "functionaries": .integer($0.functionaries),
                    ]
                }),
        ]
        if let signing {
            json.set(
                "signing",
                ["threshold": .integer(signing.threshold), "keys": .integer(signing.keys)])
        }
        if let revocation { json.set("revoked", revocation.json) }
        return json
    }
}

extension Impact.Release {
    fileprivate var json: JSON {
        var json: JSON = [
            "path": .string(path.text), "outcome": .text(outcome),
            "links": .array(
                links.map { ["path": .string($0.path.text), "sha256": .string($0.sha256)] }),
        ]
        if let layout { json.set("layout", .string(layout.text)) }
        if let reason = refusal ?? without {
            json.set("reason", ["code": .text(reason.code), "cause": .text(reason.cause)])
        }
        return json
    }

    private var outcome: String { refusal != nil ? "refused" : without != nil ? "falls" : "stands" }
}
