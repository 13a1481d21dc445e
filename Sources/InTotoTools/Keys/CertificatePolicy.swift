// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Whose certificates may stand for functionaries (ITE-7 as in-toto-golang has it): members
/// `rootcas` and `intermediatecas` of a layout, `cert_constraints` of its steps, `cert` of a link's
/// signature.
///
/// Python knows none of them. They count only where the layout's signatures cover them, and only
/// for a step that python would find too few links for.
struct CertificatePolicy {
    private let rootIDs: [String]
    private let roots: [[UInt8]]
    private let intermediates: [[UInt8]]
    private let now: Instant

    /// - Parameter between: certificates that may stand between, besides those of the layout.
    /// - Throws: `ValueError` for a certificate that is none.
    init?(
        _ layout: LayoutDocument, between: [[UInt8]], at now: Instant
    ) throws(ToolError) {
        guard layout.hasCertificates else { return nil }
        var ids: [String] = []
        var roots: [[UInt8]] = []
        for member in layout.source["rootcas"]?.members ?? [] {
            ids.append((member.value["keyid"] ?? .null).str)
            roots.append(try CertificatePolicy.certificate(member.value))
        }
        var intermediates = between
        for member in layout.source["intermediatecas"]?.members ?? [] {
            intermediates.append(try CertificatePolicy.certificate(member.value))
        }
        rootIDs = ids
        self.roots = roots
        self.intermediates = intermediates
        self.now = now
    }

    /// The certificates of a file, of which in-toto-golang takes the first alone.
    ///
    /// - Throws: `ValueError` if there is none, or one that is none.
    static func certificates(in pem: [UInt8], _ path: String) throws(ToolError) -> [[UInt8]] {
        let begin = Array("-----BEGIN CERTIFICATE-----".utf8)
        var starts: [Int] = []
        for start in pem.indices
        where pem[start] == begin[0] && pem[start...].starts(with: begin) { starts.append(start) }
        var found: [[UInt8]] = []
        for (place, start) in starts.prefix(maximumCertificates).enumerated() {
            let end = place + 1 < starts.count ? starts[place + 1] : pem.count
            let block = Array(pem[start..<end])
            guard X509Certificate(pem: block) != nil else { break }
            found.append(block)
        }
        guard !found.isEmpty, found.count == starts.count else {
            throw ToolError(
                .valueError, "\(path): 1 to \(maximumCertificates) certificates in PEM expected")
        }
        return found
    }

    private static let maximumCertificates = 100

    private static func certificate(_ key: PythonValue) throws(ToolError) -> [UInt8] {
        let pem = Array((key["keyval"]?["certificate"]?.text ?? "").utf8)
        if X509Certificate(pem: pem) != nil { return pem }
        throw ToolError(
            .valueError,
            "the layout's certificate authority \((key["keyid"] ?? .null).str) has no certificate")
    }

    /// Whether the step has constraints.
    func applies(to step: StepDocument) -> Bool {
        !(step.source["cert_constraints"]?.elements ?? []).isEmpty
    }

    /// Whether a link is signed by the key of a certificate that meets the step's constraints.
    ///
    /// - Parameter prefix: the eight characters in the name of the link's file.
    /// - Returns: the id in the signature; `nil` if not.
    func signer(
        of document: ToolDocument, for step: StepDocument, prefix: String
    ) throws(ToolError) -> UTF8Text? {
        for entry in document.certifiedSignatures {
            guard let id = entry["keyid"]?.text, id.utf8.starts(with: prefix.utf8),
                let pem = entry["cert"]?.text,
                let certificate = X509Certificate(pem: Array(pem.utf8)),
                let key = certificate.publicKey,
                id == key.legacyKeyID.text || id == key.keyID.text,
                isAllowed(certificate, by: step)
            else { continue }
            var object = key.json
            object.set("keyid", .string(id))
            do throws(ToolError) {
                try document.verify(by: PythonValue(tree: object))
                return id
            } catch {
                if error.kind != .signatureVerificationError { throw error }
            }
        }
        return nil
    }

    private func isAllowed(
        _ certificate: borrowing X509Certificate, by step: StepDocument
    ) -> Bool {
        let constraints = step.source["cert_constraints"]?.elements ?? []
        for constraint in constraints {
            let wanted = constraint["common_name"]?.text.map { [$0.string] } ?? []
            guard isMet(wanted, certificate.commonNames),
                isMet(constraint, "dns_names", certificate.dnsNames),
                isMet(constraint, "emails", certificate.emails),
                isMet(constraint, "organizations", certificate.organizations),
                isMet(constraint, "uris", certificate.uris), isMet(constraint, "roots", rootIDs)
            else { continue }
            return certificate.isTrusted(roots, intermediates, at: now)
        }
        return false
    }

    private func isMet(_ constraint: PythonValue, _ name: UTF8Text, _ values: [String]) -> Bool {
        isMet((constraint[name]?.elements ?? []).map(\.str), values)
    }

    /// `*` allows anything; otherwise the values are those that are wanted, no more and no fewer,
    /// and an empty text is none.
    private func isMet(_ wanted: [String], _ values: [String]) -> Bool {
        if wanted.count == 1, wanted[0] == "*" { return true }
        let expected = Set(wanted.filter { !$0.isEmpty }.map { UTF8Text($0) })
        let found = values.filter { !$0.isEmpty }.map { UTF8Text($0) }
        return expected == Set(found) && found.count == expected.count
    }
}

extension LayoutDocument {
    private static let ofCertificates: [UTF8Text] = ["rootcas", "intermediatecas"]

    /// Whether it has members of in-toto-golang that are about certificates.
    var hasCertificates: Bool {
        LayoutDocument.ofCertificates.contains { source[$0] != nil }
            || steps.contains { $0.source["cert_constraints"] != nil }
    }

    /// The bytes that in-toto-golang signs: all that the file says.
    ///
    /// - Returns: `nil` if it says what neither knows.
    func certifiedBytes() throws(ToolError) -> [UInt8]? {
        guard hasCertificates else { return nil }
        let known = LayoutDocument.members + LayoutDocument.ofCertificates
        let knownOfStep = StepDocument.members + ["cert_constraints"]
        guard source.hasOnly(known), steps.allSatisfy({ $0.source.hasOnly(knownOfStep) }),
            inspections.allSatisfy({ $0.source.hasOnly(InspectionDocument.members) })
        else { return nil }
        return try source.canonicalTree().canonicalBytes()
    }
}

extension PythonValue {
    fileprivate func hasOnly(_ names: [UTF8Text]) -> Bool {
        (members ?? []).allSatisfy { member in member.key.text.map(names.contains) ?? false }
    }
}

extension ToolDocument {
    /// Signatures that come with a certificate.
    fileprivate var certifiedSignatures: [PythonValue] {
        let all =
            switch container {
            case .metablock(let signatures, _): signatures
            case .envelope(let envelope): envelope.signatures.map(\.source)
            }
        return all.filter { $0["cert"] != nil }
    }
}
