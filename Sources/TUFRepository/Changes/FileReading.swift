// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Keys that counted for a role at some time, and what to call them.
struct KnownAuthority: Sendable {
    let authority: Authority
    let names: KeyNames
}

/// A kept file of a role: what it says, and who signed it.
struct FileReading {
    /// The `signed` part, if it has the form that it should have.
    let value: JSONValue?
    let signers: [KeyLabel]
    let problem: String?

    /// - Parameter authorities: newest first; the first whose threshold is met counts.
    init<Document>(
        _ bytes: [UInt8], version: Int, _ authorities: [KnownAuthority],
        _ decode: (JSONValue) throws(JSONError) -> Document
    ) {
        do throws(SigningError) {
            let file = try SignedFile(bytes)
            do throws(JSONError) {
                _ = try decode(file.signed)
                let found = try file.signed.object().required("version")
                guard try found.integer() == version else { throw found.mismatch("\(version)") }
            } catch {
                throw .malformed(error)
            }
            value = file.signed
            (signers, problem) = FileReading.signers(of: file, authorities)
        } catch {
            (value, signers, problem) = (nil, [], "\(error)")
        }
    }

    init(value: JSONValue?, signers: [KeyLabel], problem: String?) {
        (self.value, self.signers, self.problem) = (value, signers, problem)
    }

    private static func signers(
        of file: SignedFile, _ authorities: [KnownAuthority]
    ) -> (signers: [KeyLabel], problem: String?) {
        var best: (signers: [KeyLabel], problem: String?)?
        for known in authorities {
            let count = file.count(by: known.authority)
            let signers = count.accepted.map { known.names.label($0) }
            if count.isMet { return (signers, nil) }
            if best == nil || signers.count > best?.signers.count ?? 0 {
                best = (signers, "\(count)")
            }
        }
        return best ?? ([], "no role that is kept delegates to it, so nobody's signature counts")
    }

    /// The entry of this file in the history.
    ///
    /// - Parameters:
    ///   - previous: the newest older version that is kept; 0 if there is none.
    ///   - last: the newest older version that could be read.
    func entry(
        of role: RoleName, _ version: Int, _ fileName: String, after previous: Int,
        since last: (version: Int, value: JSONValue)?, at now: Instant, listing: Int
    ) -> HistoryEntry {
        let isComparable = value != nil && (last != nil || version == 1)
        return HistoryEntry(
            role: role, version: version, fileName: fileName, date: date,
            expires: expires, signers: signers, problem: problem, since: last?.version,
            missing: version > previous + 1 ? previous + 1...version - 1 : nil,
            changes: isComparable
                ? RoleChanges(of: role, from: last?.value, to: value, at: now, listing: listing)
                : nil)
    }

    private var expires: Instant? {
        (try? value?["expires"]?.text()).flatMap { Instant($0.string) }
    }

    private var date: Instant? {
        guard let expires, let days = try? value?[MetadataBuilder.periodMember]?.integer(),
            (1...36500).contains(days)
        else { return nil }
        return expires.adding(days: -days)
    }
}

/// The delegations of all kept versions of all targets roles, each form of them once.
struct KnownDelegations: Sendable {
    private let known: [(version: Int, delegations: Delegations, names: KeyNames)]

    /// - Parameter names: file names; one that cannot be read delegates to nobody.
    init(_ names: [String], _ reader: any MetadataReader) throws(RepositoryError) {
        var seen: Set<[UInt8]> = []
        var known: [(version: Int, delegations: Delegations, names: KeyNames)] = []
        for name in names {
            guard let bytes = try reader.read(metadata: name),
                let signed = try? SignedFile(bytes).signed, let value = signed["delegations"],
                seen.insert(DigestAlgorithm.sha256.digest(of: value.canonicalBytes())).inserted,
                let copy = try? KnownDelegations.withoutFiles(value),
                let delegations = copy.delegations
            else { continue }
            let version = (try? signed["version"]?.integer()) ?? 0
            let keys = copy.value["delegations"]?["keys"]
            known.append((version, delegations, KeyNames(nil, keys)))
        }
        self.known = known.sorted { $0.version > $1.version }
    }

    /// Delegations in a document of their own, so that long lists of files do not stay in memory.
    private static func withoutFiles(_ delegations: JSONValue) throws(JSONError) -> Targets {
        var targets = MetadataBuilder.targets(days: 0, now: Instant(seconds: 0))
        targets.set("delegations", delegations.tree())
        return try Targets(try JSONDocument(targets.compactBytes()).root)
    }

    func authorities(of role: RoleName) -> [KnownAuthority] {
        known.compactMap { known in
            known.delegations.delegation(to: role).map {
                KnownAuthority(authority: $0.authority, names: known.names)
            }
        }
    }
}
