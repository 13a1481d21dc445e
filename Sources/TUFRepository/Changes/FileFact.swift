// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

/// A change of the files that a role lists.
package enum FileFact: Sendable, Equatable {
    case added(FileEntry)
    case removed(FileEntry)
    /// Another length or another digest under the same path.
    case replaced(FileEntry, before: FileEntry)
    /// - Parameter isLeft: whether any evidence is left.
    case evidence(path: UTF8Text, gained: [UTF8Text], lost: [UTF8Text], isLeft: Bool)
    /// The list of evidence has another order, or names a file twice.
    case evidenceOrder(path: UTF8Text, [UTF8Text])
    /// More than are told one by one.
    ///
    /// - Parameters:
    ///   - first: paths of the first, in the order of their bytes.
    ///   - digest: SHA-256 over all of them, so that whoever compares sentences compares all.
    case many(Kind, count: Int, first: [UTF8Text], digest: String)

    package enum Kind: String, Sendable, CaseIterable {
        case removed, replaced, added, evidence, other
    }
}

/// What a role says of a file.
package struct FileEntry: Sendable, Equatable {
    package let path: UTF8Text
    package let length: Int?
    /// By algorithm, in the order of their names.
    package let digests: [Digest]
    /// The layout and links that vouch for it (ITE-2); `nil` if nothing is said of that.
    package let evidence: [UTF8Text]?
    /// Whatever else stands there, as an object; `nil` if nothing.
    package let rest: JSON?
    /// Whether it is a layout that says what it governs: ``PolicyFact`` tells of that.
    package let isLayout: Bool

    package struct Digest: Sendable, Equatable {
        package let algorithm: UTF8Text
        package let hex: UTF8Text
    }

    fileprivate var content: String {
        ([length.map { ChangeText.count($0, "byte") }]
            + digests.map { "\(ChangeText.name($0.algorithm)) \(ChangeText.name($0.hex))" })
            .compactMap(\.self).joined(separator: ", ")
    }

    fileprivate var vouchers: String {
        if let evidence { return ", vouched for by \(ChangeText.list(evidence))" }
        // Layouts, links and their keys need no evidence; they are evidence (ITE-2).
        let isEvidence =
            path.utf8.starts(with: "in-toto-metadata/".utf8)
            || path.utf8.starts(with: "in-toto-pubkeys/".utf8)
        return isEvidence || isLayout ? "" : ", without evidence"
    }

    fileprivate var shortContent: String {
        ([length.map { ChangeText.count($0, "byte") }]
            + digests.prefix(1).map {
                "\(ChangeText.name($0.algorithm)) \(ChangeText.short(ChangeText.name($0.hex)))"
            }).compactMap(\.self).joined(separator: ", ")
    }

    fileprivate var json: JSON {
        var entry: JSON = [
            "path": .string(path),
            "hashes": .object(digests.map { JSON.Member($0.algorithm, .string($0.hex)) }),
        ]
        entry.set("length", length.map { .integer($0) })
        entry.set("evidence", evidence.map { .array($0.map(JSON.string)) })
        entry.set("further", rest)
        return entry
    }
}

extension FileFact: FactWords {
    var kind: String {
        switch self {
        case .added: "file-added"
        case .removed: "file-removed"
        case .replaced: "file-replaced"
        case .evidence: "file-evidence"
        case .evidenceOrder: "file-evidence-order"
        case .many(let kind, _, _, _): "files-\(kind.rawValue)"
        }
    }

    var weight: Change.Weight { .files }

    var urgency: Change.Urgency {
        switch self {
        case .replaced, .many(.replaced, _, _, _): .warning
        case .evidence(_, _, let lost, let isLeft): lost.isEmpty || isLeft ? .plain : .warning
        default: .plain
        }
    }

    func sentence(at place: Place) -> String {
        switch self {
        case .added(let file):
            let rest = file.rest.map { "; further members: \(ChangeText.value($0))" } ?? ""
            return "\(ChangeText.name(file.path)) added: \(file.content)\(file.vouchers)\(rest)"
        case .removed(let file):
            return "\(ChangeText.name(file.path)) removed (\(file.shortContent))"
        case .replaced(let file, let old):
            return "\(ChangeText.name(file.path)) replaced: \(file.content); "
                + "before \(old.shortContent)"
        case .evidence(let path, let gained, let lost, let isLeft):
            let words = [
                gained.isEmpty ? nil : "now vouched for by \(ChangeText.list(gained))",
                lost.isEmpty ? nil : "no longer vouched for by \(ChangeText.list(lost))",
            ].compactMap(\.self)
            return "\(ChangeText.name(path)) is \(ChangeText.joined(words))"
                + (isLeft ? "" : ": no evidence is left")
        case .evidenceOrder(let path, let list):
            return "the evidence of \(ChangeText.name(path)) stands in another order: "
                + ChangeText.list(list)
        case .many(let kind, let count, let first, let digest):
            return "\(ChangeText.count(count, "file")) \(FileFact.words(kind)), the first: "
                + first.map(ChangeText.name).joined(separator: ", ")
                + " (sha256 over all of them \(digest))"
        }
    }

    private static func words(_ kind: Kind) -> String {
        switch kind {
        case .added: "added"
        case .removed: "removed"
        case .replaced: "replaced"
        case .evidence: "with other evidence"
        case .other: "with other further members"
        }
    }

    var details: [JSON.Member] {
        switch self {
        case .added(let file): [JSON.Member("after", file.json)]
        case .removed(let file): [JSON.Member("before", file.json)]
        case .replaced(let file, let old):
            [JSON.Member("after", file.json), JSON.Member("before", old.json)]
        case .evidence(let path, let gained, let lost, _):
            [fact("path", path.string), fact("gained", gained), fact("lost", lost)]
        case .evidenceOrder(let path, let list):
            [fact("path", path.string), fact("evidence", list)]
        case .many(_, let count, let first, let digest):
            [fact("count", count), fact("first", first), fact("sha256", digest)]
        }
    }
}
