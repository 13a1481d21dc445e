// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// The verdict about a file that was looked up through a map: who agreed on it, then the verdict
/// of the first of those who has evidence of how it was made.
public struct MapVerdict: Sendable {
    /// The verdict; its repository is ``TrustMap/reservedName``.
    public internal(set) var verdict: Verdict
    /// Who was asked and what they said.
    public internal(set) var lookup: MapLookup
    /// The repository whose evidence the verdict shows; `nil` in a refusal.
    public internal(set) var evidenceFrom: String?
    /// What else must not go unsaid, such as a server that gave other bytes.
    public internal(set) var notes: [String] = []

    public var isVerified: Bool { verdict.isVerified }
    public var exitCode: Int32 { verdict.exitCode }

    /// The verdict for a person; who agreed stands right below the answer.
    public var text: String {
        let all = verdict.text
        guard let end = all.utf8.firstIndex(of: UInt8(ascii: "\n")) else { return all }
        var lines = [String(all[..<end])]
        if isVerified { lines += agreement.map { ["  \($0)"] } ?? [] }
        let rest = String(all[all.utf8.index(after: end)...])
        return (lines + remarks.map { "  note: \($0)" }).joined(separator: "\n") + "\n" + rest
    }

    /// ``text``, then how the verdict came about.
    public func explanationText(showsAll: Bool = false) -> String {
        text + "\n" + verdict.chainText(showsAll: showsAll)
    }

    /// The verdict as a page, with what must be said of the agreement.
    public var html: String {
        verdict.html(notes: (isVerified ? agreement.map { [$0] } ?? [] : []) + remarks)
    }

    /// ``Verdict/explanationJSON`` with this verdict in it.
    public var explanationJSON: JSON {
        var object = verdict.explanationJSON
        object.set("verdict", json)
        return object
    }

    /// `agreed by acme and backup (2 of 2); evidence from acme`.
    public var agreement: String? { lookup.agreement.map { $0 + source } }

    /// By whose word a file of several is taken.
    private var source: String {
        guard let evidenceFrom, lookup.agreed.count > 1 else { return "" }
        switch verdict.evidence {
        case .supplyChain: return "; evidence from \(evidenceFrom)"
        case .unattested: return "; policy of \(evidenceFrom)"
        case .repositoryOnly, nil: return ""
        }
    }

    /// What the repositories said that the verdict itself does not tell.
    public var remarks: [String] {
        guard let met = lookup.met else { return notes }
        let passed = lookup.rounds.dropLast().flatMap { round in
            round.sentences.map { "entry \(round.number) of the map is not met: \($0)" }
        }
        return passed + met.dissent + notes
    }

    /// The verdict for a program: ``Verdict/json`` with a member `map`.
    public var json: JSON {
        var object = verdict.json
        var map: JSON = ["rounds": .array(lookup.rounds.map(\.json))]
        map.set("evidence_from", evidenceFrom.map(JSON.text))
        if !notes.isEmpty { map.set("notes", .array(notes.map(JSON.text))) }
        object.set("map", map)
        return object
    }
}

extension MapLookup {
    /// `agreed by acme and backup (2 of 2)`; `nil` if there is no agreement.
    public var agreement: String? {
        guard let round = met else { return nil }
        let names = round.agreeing.map { round.answers[$0].repository }
        let total = round.entry.repositories.count
        let needed = round.entry.threshold == total ? "" : ", \(round.entry.threshold) needed"
        return "\(names.count > 1 ? "agreed" : "listed") by \(joined(names)) "
            + "(\(names.count) of \(total)\(needed))"
    }

    /// Why there is no file; `nil` if there is one.
    public var refusal: Refusal? { met == nil ? Refusal(unmet: self) : nil }

    /// The look-up for a program.
    public var json: JSON {
        var object: JSON = ["path": .string(path.text), "agreed": .boolean(met != nil)]
        object.set("length", file.map { .integer($0.length) })
        object.set("sha256", file?.hashes[.sha256].map(JSON.text))
        object.set("rounds", .array(rounds.map(\.json)))
        return object
    }
}

extension MapRound {
    /// An entry and its answers for a program; see `Docs/Formats/TrustMap.md`.
    public var json: JSON {
        [
            "entry": .integer(number), "threshold": .integer(entry.threshold),
            "terminating": .boolean(entry.isTerminating), "met": .boolean(isMet),
            "answers": .array(answers.indices.map(json)),
        ]
    }

    private func json(_ position: Int) -> JSON {
        let answer = answers[position]
        var object: JSON = ["repository": .text(answer.repository)]
        switch answer.outcome {
        case .lists(let target, let session):
            let state = session.search.state
            object.set("answer", "lists")
            object.set("counts", .boolean(agreeing.contains(position)))
            object.set("length", .integer(target.file.length))
            object.set(
                "hashes",
                .object(
                    target.file.hashes.map {
                        JSON.Member(UTF8Text($0.key.rawValue), .text($0.value))
                    }))
            object.set("roles", .array(target.chain.map { .string($0.text) }))
            object.set("snapshot_version", .integer(state.snapshot.document.version))
            object.set("expires", .text(state.timestamp.document.expires.description))
            object.set("same_root_as", twin(of: position).map(JSON.text))
        case .listsNot: object.set("answer", "does-not-list")
        case .unavailable(let failure):
            object.set("answer", "unavailable")
            object.set("code", .text(Refusal(failure).code))
            object.set("cause", .text("\(failure)"))
        case .notAsked: object.set("answer", "not-asked")
        }
        return object
    }
}
