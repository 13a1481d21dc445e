// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension Verdict {
    /// Name of the JSON form; see `Docs/Formats/Verdict.md`.
    public static let schema = "carnet/verdict/v1"

    /// The verdict for a program.
    public var json: JSON {
        var object: JSON = [
            "schema": .text(Verdict.schema), "verdict": .text(outcome),
            "exit_code": .integer(Int(exitCode)), "as_of": .text(asOf.description),
        ]
        var artifact: JSON = ["path": .text(path)]
        if !repository.isEmpty { artifact.set("repository", .text(repository)) }
        artifact.set("sha256", sha256.map(JSON.text))
        artifact.set("retired", retired.map(JSON.text))
        object.set("artifact", artifact)
        if let refusal, !isVerified {
            var reason: JSON = [
                "code": .text(refusal.code), "kind": .text(refusal.kind.rawValue),
                "cause": .text(refusal.cause), "remedy": .text(refusal.remedy),
                "next": .text(refusal.next),
            ]
            reason.set("expected", refusal.expected.map(JSON.text))
            reason.set("found", refusal.found.map(JSON.text))
            object.set("reason", reason)
        }
        if let evidence, isVerified {
            object.set("evidence", evidence.json)
            object.set("not_checked", .array(notChecked(evidence).map(JSON.text)))
        }
        object.set("tuf", freshness?.json)
        if isOffline { object.set("offline", true) }
        return object
    }
}

extension EvidenceSummary {
    fileprivate var json: JSON {
        switch self {
        case .supplyChain(let chain): chain.json
        case .unattested(let role):
            ["kind": "unattested", "role": .text(role.text.string)]
        case .repositoryOnly(let role):
            ["kind": "repository-only", "role": .text(role.text.string)]
        }
    }
}

extension SupplyChainSummary {
    fileprivate var json: JSON {
        [
            "kind": "supply-chain", "policy": policy.json, "product_of": .text(productOf),
            "steps": .array(steps.map(\.json)),
            "inspections": .array(inspections.map(\.json)),
        ]
    }
}

extension PolicySummary {
    var json: JSON {
        var object: JSON = [
            "name": .text(name), "sha256": .text(sha256), "expires": .text(expires.description),
            "signers": .array(signers.map(\.json)), "required": .integer(required),
            "possible": .integer(possible),
            "parameters": .object(
                parameters.map { JSON.Member(UTF8Text($0.key), .text($0.value)) }),
        ]
        object.set("path", path.map { .text($0.string) })
        object.set("role", role.map { .text($0.text.string) })
        return object
    }
}

extension SupplyChainSummary.Inspection {
    fileprivate var json: JSON {
        ["name": .text(name), "command": .text(command), "manner": .text(manner.rawValue)]
    }
}

extension SupplyChainSummary.Actor {
    var json: JSON { ["name": .text(name), "keyid": .string(keyID.text)] }
}

extension SupplyChainSummary.Step {
    fileprivate var json: JSON {
        [
            "name": .text(name), "threshold": .integer(threshold),
            "accepted": .array(accepted.map(\.json)),
            "rejected": .array(rejected.map(JSON.text)),
            "warnings": .array(warnings.map(JSON.text)), "materials": .integer(materials),
            "products": .integer(products),
        ]
    }
}

extension Freshness {
    fileprivate var json: JSON {
        var object: JSON = [
            "root_version": .integer(rootVersion), "snapshot_version": .integer(snapshotVersion),
            "timestamp_version": .integer(timestampVersion),
            "expires": .text(expires.description),
        ]
        object.set("signed", signed.map { .text($0.description) })
        return object
    }
}
