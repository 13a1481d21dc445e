// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// Finds the links of one step and tells which count.
struct LinkSearch {
    let step: Step
    let layout: Layout
    let evidence: Evidence
    /// The moment for which keys must be valid.
    let now: Instant
    let revoked: RevokedKeys

    /// A file whose signature by a functionary of the step holds.
    struct Signed {
        enum Content {
            case link(Link)
            case sublayout(Verified<Layout>)
        }

        /// As the step lists it.
        let keyID: KeyID
        let key: PublicKey
        let file: UTF8Text
        /// ``file`` from the folder of the layout's links.
        let name: String
        let bytes: [UInt8]
        let content: Content
    }

    /// What the step's files are.
    struct Found {
        var signed: [Signed] = []
        var rejected: [RejectedLink] = []
        var missing: [(key: PublicKey, file: UTF8Text)] = []
    }

    private enum Opened {
        case signed(Signed.Content)
        case rejected(RejectedLink.Reason)
    }

    /// Opens the file of each functionary, or of a key of gpg the files of the primary key and
    /// of its subkeys; those of others are named, never opened.
    ///
    /// - Throws: ``SupplyChainError``: `.malformedLink`, `.linkDeviates`, `.linkOfAnotherStep`.
    func run() throws(SupplyChainError) -> Found {
        var found = Found()
        var asked: Set<UTF8Text> = []
        for keyID in step.pubkeys {
            guard let functionary = layout.functionary(keyID) else { continue }
            var isThere = false
            for id in functionary.fileIDs {
                let name = Link.fileName(step: step.name, keyID: id)
                let file = evidence.path(of: name)
                guard let bytes = evidence[name] else { continue }
                isThere = true
                guard asked.insert(file).inserted else { continue }
                switch try open(bytes, file, functionary) {
                case .rejected(let reason):
                    found.rejected.append(RejectedLink(file: file, reason: reason))
                case .signed(let content):
                    if let reason = revoked.reason(against: bytes, of: functionary.key, keyID) {
                        found.rejected.append(RejectedLink(file: file, reason: reason))
                        continue
                    }
                    found.signed.append(
                        Signed(
                            keyID: keyID, key: functionary.key, file: file, name: name,
                            bytes: bytes, content: content))
                }
            }
            if !isThere {
                let name = Link.fileName(step: step.name, keyID: keyID)
                found.missing.append((functionary.key, evidence.path(of: name)))
            }
        }
        for file in evidence.linkNames(of: step.name) where !asked.contains(file) {
            found.rejected.append(RejectedLink(file: file, reason: .stranger))
        }
        return found
    }

    private func open(
        _ bytes: [UInt8], _ file: UTF8Text, _ functionary: Functionary
    ) throws(SupplyChainError) -> Opened {
        let authority = Authority(
            [Authority.Entry(functionary.signatureIDs, functionary.key)], threshold: 1, at: now)
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
        for case .ended(let end) in count.rejected.map(\.reason) { return .ended(end) }
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
