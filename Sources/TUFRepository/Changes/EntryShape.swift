// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A quick look at an entry of `targets` that has nothing but length, digests, and a list of
/// evidence: what nearly all entries are, of which there may be a million.
///
/// It decides nothing alone: an entry of any other shape is looked at member by member.
struct EntryShape {
    private let length: Int
    private let hashes: BorrowedValue
    private let evidence: JSONValue?

    /// - Returns: `nil` if the entry is not of this shape.
    init?(_ entry: BorrowedValue, of document: JSONDocument) {
        var length: Int?
        var hashes: BorrowedValue?
        var evidence: JSONValue?
        guard entry.kind == .object else { return nil }
        for (key, value) in entry.members {
            guard let name = key.plainText else { return nil }
            if EntryShape.equal(name, "length") {
                length = value.shortInteger
            } else if EntryShape.equal(name, "hashes") {
                guard value.kind == .object else { return nil }
                for (algorithm, digest) in value.members
                where algorithm.plainText == nil || digest.plainText == nil { return nil }
                hashes = value
            } else if EntryShape.equal(name, "custom"), value.kind == .object {
                evidence = EntryShape.evidence(value, of: document)
                guard evidence != nil else { return nil }
            } else {
                return nil
            }
        }
        guard let length, let hashes else { return nil }
        (self.length, self.hashes, self.evidence) = (length, hashes, evidence)
    }

    /// The list of evidence, if it is all there is, and is one of texts, and not empty.
    private static func evidence(_ custom: BorrowedValue, of document: JSONDocument) -> JSONValue? {
        var evidence: JSONValue?
        for (key, value) in custom.members {
            guard let name = key.plainText, equal(name, "in-toto") else { return nil }
            evidence = JSONValue(value, of: document)
        }
        guard let elements = try? evidence?.array(), !elements.isEmpty,
            elements.allSatisfy({ $0.kind == .string })
        else { return nil }
        return evidence
    }

    /// Whether it is the same file: the same length, and the same digests of the same algorithms
    /// in the same order. `nil` if the algorithms are others: then only a longer look tells.
    func isSameFile(as other: EntryShape) -> Bool? {
        guard length == other.length else { return false }
        var theirs = other.hashes.members
        var count = 0
        for (algorithm, digest) in hashes.members {
            guard let (name, value) = theirs.next(), algorithm.compareText(with: name) == 0 else {
                return nil
            }
            if digest.compareText(with: value) != 0 { return false }
            count += 1
        }
        return count > 0 && theirs.next() == nil ? true : nil
    }

    /// Whether there is the same list of evidence; `nil` if only one has one.
    func hasSameEvidence(as other: EntryShape) -> Bool? {
        guard let evidence, let theirs = other.evidence else {
            return self.evidence == nil && other.evidence == nil ? true : nil
        }
        return evidence.isSame(as: theirs)
    }

    @inline(__always)
    private static func equal(_ text: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
        guard text.count == name.utf8CodeUnitCount, let base = text.baseAddress else {
            return false
        }
        for offset in 0..<text.count where base[offset] != name.utf8Start[offset] {
            return false
        }
        return true
    }
}

extension MemberPair {
    /// As a member of `targets`: what there is to tell of it, if both states have the usual
    /// shape; then neither is a layout that says what it governs.
    var plainKinds: [FileFact.Kind]? {
        guard let old else { return new.flatMap { MemberPair.isPlain($0) ? [.added] : nil } }
        guard let new else { return MemberPair.isPlain(old) ? [.removed] : nil }
        return old.borrowing { before in
            new.borrowing { after in
                guard let first = EntryShape(before, of: old.document),
                    let second = EntryShape(after, of: new.document),
                    let isSameFile = first.isSameFile(as: second),
                    let isSameEvidence = first.hasSameEvidence(as: second),
                    !(isSameFile && isSameEvidence)
                else { return nil }
                return (isSameFile ? [] : [.replaced]) + (isSameEvidence ? [] : [.evidence])
            }
        }
    }

    private static func isPlain(_ entry: JSONValue) -> Bool {
        entry.borrowing { EntryShape($0, of: entry.document) != nil }
    }
}
