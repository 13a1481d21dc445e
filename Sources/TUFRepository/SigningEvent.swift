// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// A change that waits for signatures: the documents as they will be published, and who signed
/// them so far.
///
/// Each signature is a file of its own, so that those made on different machines, in copies of
/// the repository, come together in any order and never touch the same file.
public struct SigningEvent: Sendable {
    /// A signature as it is passed on.
    public struct Entry: Sendable {
        public let role: RoleName
        /// SHA-256 of the canonical form of what was signed, in hexadecimal digits.
        public let sha256: String
        public let signature: Signature
    }

    /// The `signed` parts, by role.
    public private(set) var documents: [RoleName: JSON]
    public private(set) var entries: [Entry] = []
    /// Target files that come with the change: path below `targets/`, digest included, and SHA-256.
    public var files: [(path: UTF8Text, sha256: String)] = []

    /// Name of the file with the documents, in the folder `signing`.
    public static let changeFile = "change.json"

    /// A new event for these roles; what they have been signed with is taken along.
    public init(_ roles: [SignedRole], files: [(path: UTF8Text, sha256: String)] = []) {
        documents = [:]
        self.files = files
        for role in roles {
            documents[role.role] = role.signed
            for signature in role.signatures {
                entries.append(
                    Entry(role: role.role, sha256: digest(role.signed), signature: signature))
            }
        }
    }

    /// Whether an entry is over the document as it stands now.
    public func isCurrent(_ entry: Entry) -> Bool {
        documents[entry.role].map { digest($0) == entry.sha256 } ?? false
    }

    /// Takes over another's signatures, and its documents where this event has none.
    ///
    /// - Throws: ``RepositoryError/event(file:_:)`` if the two are about different changes.
    /// - Returns: number of signatures that were new.
    public mutating func merge(
        _ other: SigningEvent, from file: String
    ) throws(RepositoryError) -> Int {
        for (role, document) in other.documents {
            guard let own = documents[role], digest(own) == digest(document) else {
                throw .event(
                    file: file,
                    "its \(role) is not the one in signing/, expected the same change; "
                        + "ask for it again")
            }
        }
        var added = 0
        for entry in other.entries {
            let place = entries.firstIndex {
                $0.role == entry.role && $0.signature.keyID == entry.signature.keyID
            }
            if let place {
                if entries[place].sha256 == entry.sha256 || isCurrent(entries[place]) { continue }
                entries[place] = entry
            } else {
                entries.append(entry)
            }
            added += 1
        }
        return added
    }

    /// Keeps an earlier signature, unless the key has signed since.
    public mutating func keep(_ entry: Entry) {
        let isThere = entries.contains {
            $0.role == entry.role && $0.signature.keyID == entry.signature.keyID
        }
        if !isThere, documents[entry.role] != nil { entries.append(entry) }
    }

    /// Puts the signatures that a role has now in the place of its earlier ones.
    public mutating func take(_ role: SignedRole) {
        for signature in role.signatures {
            entries.removeAll {
                $0.role == role.role && $0.signature.keyID == signature.keyID
            }
            entries.append(
                Entry(role: role.role, sha256: digest(role.signed), signature: signature))
        }
    }
}

/// SHA-256 of a document's canonical form, which is what signatures cover.
private func digest(_ document: JSON) -> String {
    DigestAlgorithm.sha256.hexDigest(of: document.canonicalBytes())
}

// MARK: files

extension SigningEvent {
    /// The files in the folder `signing`, by their paths in it.
    public var encoded: [String: [UInt8]] {
        var result = [SigningEvent.changeFile: changeJSON.indentedBytes()]
        for entry in entries { result[entry.fileName] = entry.json.indentedBytes() }
        return result
    }

    private var changeJSON: JSON {
        [
            "format": "carnet/signing/1",
            "documents": .object(
                documents.sorted { $0.key < $1.key }.map { JSON.Member($0.key.text, $0.value) }),
            "files": .object(files.map { JSON.Member($0.path, .text($0.sha256)) }),
        ]
    }

    /// One file with everything, to be sent.
    public var exported: [UInt8] {
        var json = changeJSON
        json.set("signatures", .array(entries.map(\.json)))
        return json.indentedBytes()
    }

    /// Reads what ``exported`` wrote, or the file ``changeFile``.
    ///
    /// - Throws: ``RepositoryError/event(file:_:)``.
    public init(_ bytes: [UInt8], file: String) throws(RepositoryError) {
        do throws(JSONError) {
            let object = try JSONDocument(bytes).root.object()
            let format = try object.required("format")
            guard try format.text() == "carnet/signing/1" else {
                throw format.mismatch("\"carnet/signing/1\"")
            }
            documents = [:]
            for member in try object.required("documents").object() {
                let role = RoleName(member.key)
                if role == .root {
                    _ = try Root(member.value)
                } else {
                    guard role == .targets || role.isFitForDelegation else {
                        throw member.value.mismatch("root or a targets role")
                    }
                    _ = try Targets(member.value)
                }
                documents[role] = member.value.tree()
            }
            for member in try object.required("files").object() {
                let digest = try member.value.text()
                guard digest.count == 64, digest.utf8.allSatisfy(isDigit),
                    TargetPath(member.key) != nil
                else { throw member.value.mismatch("a SHA-256 of a target path") }
                files.append((member.key, digest.string))
            }
            guard let signatures = object["signatures"] else { return }
            for element in try signatures.array() { entries.append(try Entry(element)) }
        } catch {
            throw .event(file: file, "\(error)")
        }
    }

    /// Adds a signature from its file.
    public mutating func add(
        signature bytes: [UInt8], file: String
    ) throws(RepositoryError) {
        do throws(JSONError) {
            entries.append(try Entry(JSONDocument(bytes).root))
        } catch {
            throw .event(file: file, "\(error)")
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

extension SigningEvent.Entry {
    /// Path in the folder `signing`: one file for each role and key.
    public var fileName: String {
        let id = signature.keyID
        let name =
            id.isHexadecimal
            ? id.text.string : DigestAlgorithm.sha256.hexDigest(of: Array(id.text.utf8))
        return "signatures/\(role.encoded).\(name).json"
    }

    fileprivate var json: JSON {
        [
            "role": .string(role.text), "sha256": .text(sha256), "signature": signature.json,
        ]
    }

    fileprivate init(_ value: JSONValue) throws(JSONError) {
        let object = try value.object()
        role = RoleName(try object.required("role").text())
        let digest = try object.required("sha256")
        sha256 = try digest.text().string
        guard sha256.utf8.count == 64, sha256.utf8.allSatisfy(isDigit) else {
            throw digest.mismatch("64 lower-case hexadecimal digits")
        }
        signature = try SignedFile.signature(try object.required("signature"))
    }
}

// MARK: going on with one

extension RepositoryEdit {
    /// Goes on with a change that waits: its documents stay as others have signed them, unless
    /// they are changed further.
    ///
    /// - Throws: ``RepositoryError/event(file:_:)`` if the repository has moved on meanwhile.
    public init(
        resuming event: SigningEvent, on state: PublishedState, now: Instant
    ) throws(RepositoryError) {
        self.init(state, now: now)
        for (role, document) in event.documents {
            var draft = RoleDraft(document)
            draft.isFixed = true
            draft.signatures = event.entries.filter { $0.role == role && event.isCurrent($0) }
                .map(\.signature)
            let found = document["version"]?.integer ?? 0
            guard found == version(of: role) + 1 else {
                throw .event(
                    file: "signing/\(SigningEvent.changeFile)",
                    "is about \(role) version \(found), but version \(version(of: role)) is "
                        + "published, expected \(version(of: role) + 1)")
            }
            drafts[role] = draft
        }
    }

    /// Whether every document of an event is published as it stands: only its files are left.
    public static func isPublished(
        _ event: SigningEvent, in state: PublishedState
    ) throws(RepositoryError) -> Bool {
        for (role, document) in event.documents {
            let published: JSON
            switch role {
            case .root: published = state.root.document.value.tree()
            case .targets: published = state.targets.document.value.tree()
            default:
                guard try state.tree.knows(role, in: state) else { return false }
                published = try state.delegated(role).targets.document.value.tree()
            }
            guard published.canonicalBytes() == document.canonicalBytes() else { return false }
        }
        return true
    }
}
