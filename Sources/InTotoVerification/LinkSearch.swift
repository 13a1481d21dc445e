// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// Finds the links of one step and tells which count.
struct LinkSearch {
    let step: Step
    let layout: Layout
    let evidence: Evidence

    /// A file whose signature by a functionary of the step holds.
    struct Signed {
        enum Content {
            case link(Link)
            case sublayout(Verified<Layout>)
        }

        let keyID: KeyID
        let file: UTF8Text
        let bytes: [UInt8]
        let content: Content
    }

    /// What the step's files are.
    struct Found {
        var signed: [Signed] = []
        var rejected: [RejectedLink] = []
        var missing: [(keyID: KeyID, file: UTF8Text)] = []
    }

    private enum Opened {
        case signed(Signed.Content)
        case rejected(RejectedLink.Reason)
    }

    /// Opens the file of each functionary; those of others are named, never opened.
    ///
    /// - Throws: ``SupplyChainError``: `.malformedLink`, `.linkDeviates`, `.linkOfAnotherStep`.
    func run() throws(SupplyChainError) -> Found {
        var found = Found()
        var asked: Set<UTF8Text> = []
        for keyID in step.pubkeys {
            let name = Link.fileName(step: step.name, keyID: keyID)
            let file = evidence.path(of: name)
            guard asked.insert(file).inserted, let key = layout.keys[keyID] else { continue }
            guard let bytes = evidence[name] else {
                found.missing.append((keyID, file))
                continue
            }
            switch try open(bytes, file, keyID, key) {
            case .rejected(let reason):
                found.rejected.append(RejectedLink(file: file, reason: reason))
            case .signed(let content):
                found.signed.append(
                    Signed(keyID: keyID, file: file, bytes: bytes, content: content))
            }
        }
        for file in evidence.linkNames(of: step.name) where !asked.contains(file) {
            found.rejected.append(RejectedLink(file: file, reason: .stranger))
        }
        return found
    }

    private func open(
        _ bytes: [UInt8], _ file: UTF8Text, _ keyID: KeyID, _ key: PublicKey
    ) throws(SupplyChainError) -> Opened {
        // One key has an id in each of two traditions; a signature may stand under either.
        let authority = Authority(
            [Authority.Entry([keyID, key.keyID, key.legacyKeyID], key)], threshold: 1)
        let parsed: InTotoFile
        let opened: Opened
        do throws(SigningError) {
            parsed = try InTotoFile(bytes, limits: LinkSearch.limits)
            opened = try verify(parsed, authority)
        } catch {
            throw .malformedLink(file: file, error)
        }
        if case .signed(.link(let link)) = opened {
            if parsed.isMetablock, let deviation = link.deviation {
                throw .linkDeviates(file: file, deviation)
            }
            guard link.name == step.name else {
                throw .linkOfAnotherStep(file: file, found: link.name, expected: step.name)
            }
        }
        return opened
    }

    private func verify(
        _ file: InTotoFile, _ authority: Authority
    ) throws(SigningError) -> Opened {
        do throws(SigningError) {
            if file.type == "layout" {
                let layout = try file.verified(by: authority) { value throws(JSONError) in
                    try Layout(value)
                }
                return .signed(.sublayout(layout))
            }
            let link = try file.verified(by: authority) { value throws(JSONError) in
                try Link(value)
            }
            return .signed(.link(link.document))
        } catch {
            guard case .threshold(let count) = error else { throw error }
            try checkShape(of: file)
            return .rejected(reason(count))
        }
    }

    /// A link of a million artifacts has four million values.
    private static let limits = JSONLimits(maximumValues: 8 << 20)
    /// How much of what nobody vouches for is looked at closely.
    private static let unsignedBytes = 1 << 20

    /// Python stops at a functionary's file that is malformed, whoever signed it; so nothing of
    /// such a file is used here but that it is malformed.
    /// A large one is refused unread: whoever cannot sign must not make work.
    private func checkShape(of file: InTotoFile) throws(SigningError) {
        let size = file.byteCount
        guard size <= LinkSearch.unsignedBytes else {
            throw .malformed(.tooLarge(bytes: size, maximum: LinkSearch.unsignedBytes))
        }
        do throws(JSONError) {
            let value: JSONValue
            switch file.container {
            case .metablock(let file): value = file.signed
            case .envelope(let envelope): value = try JSONDocument(envelope.payload).root
            }
            if file.type == "layout" { _ = try Layout(value) } else { _ = try Link(value) }
        } catch {
            throw .malformed(error)
        }
    }

    private func reason(_ count: SignatureCount) -> RejectedLink.Reason {
        if count.rejected.isEmpty { return .unsigned }
        return count.rejected.contains { $0.reason == .wrong } ? .badSignature : .stranger
    }
}

extension InTotoFile {
    /// Length of what was received.
    fileprivate var byteCount: Int {
        switch container {
        case .metablock(let file): file.bytes.count
        case .envelope(let envelope): envelope.bytes.count
        }
    }

    /// Whether the signatures cover a canonical form, which Python rebuilds from what it knows.
    var isMetablock: Bool {
        if case .metablock = container { true } else { false }
    }
}
