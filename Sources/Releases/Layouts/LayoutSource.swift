// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
public import MetadataSigning
import SourceFiles

/// A layout as people write it: a YAML file kept under review in git.
public struct LayoutSource: Sendable {
    /// Name of the layout, part of its target path.
    public let name: String
    public let expires: Expiry
    public let appliesTo: [PathTemplate]
    public let productOf: String
    /// How many of the signers must sign.
    public let threshold: Int
    /// Who may sign the layout: name and public key file.
    public let signers: [Person]
    /// Who may do steps.
    public let functionaries: [Person]
    public let steps: [StepSource]
    public let inspections: [InspectionSource]
    public let readme: String

    /// A name and the file of a public key, relative to the source file.
    public struct Person: Sendable, Equatable {
        public let name: String
        public let keyFile: String
        /// Where it stands, for messages.
        let place: SourcePlace
    }

    public struct StepSource: Sendable {
        public let name: String
        public let by: [String]
        public let threshold: Int
        public let command: [UTF8Text]
        public let materials: [ArtifactRule]
        public let products: [ArtifactRule]
    }

    public struct InspectionSource: Sendable {
        public let name: String
        public let run: [UTF8Text]
        public let materials: [ArtifactRule]
        public let products: [ArtifactRule]
    }

    /// When a layout ends: at a moment, or so long after it is signed.
    public enum Expiry: Sendable, Equatable {
        case at(Instant)
        case days(Int)

        /// Reads `1y`, `6m`, `2w`, `90d`, `2027-11-22` or `2027-11-22T00:00:00Z`.
        init?(_ text: String) {
            if let moment = Instant(text) ?? Instant(text + "T00:00:00Z") {
                self = .at(moment)
                return
            }
            guard let unit = text.last, let count = Int(text.dropLast()), (1...9999).contains(count)
            else { return nil }
            switch unit {
            case "d": self = .days(count)
            case "w": self = .days(count * 7)
            case "m": self = .days(count * 30)
            case "y": self = .days(count * 365)
            default: return nil
            }
        }

        public func moment(signedAt now: Instant) -> Instant {
            switch self {
            case .at(let moment): moment
            case .days(let days): now.adding(days: days)
            }
        }
    }

    /// The people by name, signers and functionaries alike; one name has one key file.
    public var people: [Person] {
        var seen: Set<String> = []
        return (signers + functionaries).filter { seen.insert($0.name).inserted }
    }

    /// The in-toto layout of this source.
    ///
    /// - Parameter keys: public keys by person's name, one for each of ``people``.
    public func layout(keys: [String: PublicKey], signedAt now: Instant) -> Layout {
        var listed: [KeyID: PublicKey] = [:]
        for person in functionaries {
            if let key = keys[person.name] { listed[key.keyID] = key.withBothTraditions }
        }
        return Layout(
            expires: expires.moment(signedAt: now), keys: listed,
            steps: steps.map { step in
                Step(
                    name: UTF8Text(step.name), pubkeys: step.by.compactMap { keys[$0]?.keyID },
                    threshold: step.threshold, expectedCommand: step.command,
                    expectedMaterials: step.materials, expectedProducts: step.products)
            },
            inspections: inspections.map { inspection in
                Inspection(
                    name: UTF8Text(inspection.name), run: inspection.run,
                    expectedMaterials: inspection.materials,
                    expectedProducts: inspection.products)
            }, readme: UTF8Text(readme.isEmpty ? terms(keys) : "\(readme)\n\n\(terms(keys))"))
    }

    /// What the source says beyond the layout proper, for its signatures to cover: in-toto keeps
    /// the readme, so a changed threshold, signer, path or period needs new signatures.
    private func terms(_ keys: [String: PublicKey]) -> String {
        let owners = signers.map { "\($0.name) (\(keys[$0.name]?.keyID.description ?? "no key"))" }
        let period =
            switch expires {
            case .at(let moment): "until \(moment)"
            case .days(let days): "for \(days) days"
            }
        return "Governs \(appliesTo.map(\.description).joined(separator: ", ")), products of step "
            + "\(productOf). To be signed by \(threshold) of \(owners.joined(separator: ", ")), "
            + "\(period)."
    }
}

extension PublicKey {
    /// The key object with the members that in-toto-golang needs to find it by its own key id;
    /// it knows no keys of gpg.
    var withBothTraditions: PublicKey {
        if isOpenPGP { return self }
        var object = json
        object.set("keyid", .string(keyID.text))
        object.set("keyid_hash_algorithms", ["sha256", "sha512"])
        guard let document = try? JSONDocument(object.compactBytes()),
            let key = try? PublicKey(document.root)
        else { return self }
        return key
    }
}
