// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// The roots that are kept, each checked against the one before it (TUF 1.0.34 §5.3.4).
struct RootChain: Sendable {
    struct Link: Sendable {
        let version: Int
        let fileName: String
        /// `nil` if it cannot be read.
        let root: Root?
        let signers: [KeyLabel]
        let problem: String?
    }

    /// Oldest first.
    let links: [Link]

    /// - Throws: ``RepositoryError/missing(file:)`` if there is none.
    init(
        _ files: [(version: Int, name: String)], _ reader: any MetadataReader
    ) throws(RepositoryError) {
        guard !files.isEmpty else { throw .missing(file: RoleName.root.fileName(version: 1)) }
        var links: [Link] = []
        var last: Root?
        for (version, name) in files {
            let link = RootChain.link(
                try reader.read(metadata: name) ?? [], version, name, after: last)
            last = link.root ?? last
            links.append(link)
        }
        self.links = links
    }

    private static func link(
        _ bytes: [UInt8], _ version: Int, _ name: String, after last: Root?
    ) -> Link {
        let file: SignedFile
        let root: Root
        do throws(SigningError) {
            file = try SignedFile(bytes)
            do throws(JSONError) {
                root = try Root(file.signed)
                guard root.version == version else {
                    throw file.signed.mismatch("version \(version)")
                }
            } catch {
                throw .malformed(error)
            }
        } catch {
            return Link(
                version: version, fileName: name, root: nil, signers: [], problem: "\(error)")
        }
        // A root whose predecessor is not kept can only vouch for itself.
        let before = last.flatMap { $0.version == version - 1 ? $0 : nil }
        let names = KeyNames(before?.value["keys"], root.value["keys"])
        let own = file.count(by: root.authority(of: .root))
        var signers = own.accepted.map { names.label($0) }
        var problem = own.isMet ? nil : "of its own keys: \(own)"
        if let before {
            let count = file.count(by: before.authority(of: .root))
            for id in count.accepted where !own.accepted.contains(id) {
                signers.append(names.label(id, inOld: true))
            }
            if !count.isMet { problem = "of the keys of root \(before.version): \(count)" }
        }
        return Link(
            version: version, fileName: name, root: root, signers: signers, problem: problem)
    }

    var newest: Root? { links.last { $0.root != nil }?.root }

    /// Keys of a top-level role, those of the newest root first.
    func authorities(of role: RoleName) -> [KnownAuthority] {
        links.reversed().compactMap(\.root).map {
            KnownAuthority(
                authority: $0.authority(of: role), names: KeyNames(nil, $0.value["keys"]))
        }
    }

    /// Oldest first.
    func entries(at now: Instant, listing: Int) -> [HistoryEntry] {
        var last: (version: Int, value: JSONValue)?
        var previous = 0
        return links.map { link in
            let reading = FileReading(
                value: link.root?.value, signers: link.signers, problem: link.problem)
            defer {
                previous = link.version
                if let root = link.root { last = (link.version, root.value) }
            }
            return reading.entry(
                of: .root, link.version, link.fileName, after: previous, since: last, at: now,
                listing: listing)
        }
    }
}
