// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

// The client's workflow as values (TUF 1.0.34 §5.3 to §5.6): each state is made only by the one
// before it from bytes that it checked, so a wrong order does not compile. Nothing here does
// input or output; `Updater` does.

/// A trusted root that may not be the newest yet.
public struct RootState: Sendable {
    public let root: Verified<Root>

    /// Takes the root that the user trusts; it must be signed by its own keys (TUF 1.0.34 §5.2).
    ///
    /// - Parameter limits: bounds for this document and for all that are checked by what follows
    ///   from it.
    /// - Throws: ``UpdateError/untrustedRoot(_:)``.
    public init(
        trusting bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(UpdateError) {
        do throws(SigningError) {
            let file = try SignedFile(bytes, limits: limits)
            let claimed: Root
            do throws(JSONError) { claimed = try Root(file.signed) } catch {
                throw .malformed(error)
            }
            root = try file.verified(by: claimed.authority(of: .root)) { _ in claimed }
        } catch {
            throw .untrustedRoot(error)
        }
    }

    private init(_ root: Verified<Root>) { self.root = root }

    /// Version of the root to ask the server for.
    public var nextVersion: Int { root.document.version + 1 }

    /// The next root: signed by the keys of this one and by its own, and of exactly the next
    /// version (TUF 1.0.34 §5.3.4, §5.3.5, §6.1).
    ///
    /// - Throws: ``UpdateError/malformed(file:_:)``, `.duplicateSignature`, `.unsigned`,
    ///   `.wrongVersion`.
    public func next(_ bytes: [UInt8]) throws(UpdateError) -> RootState {
        let name = RoleName.root.fileName(version: nextVersion)
        let file = try parsed(bytes, name, root.document.value.document.limits)
        let old = root.document.authority(of: .root)
        let candidate = try verified(file, name, old, by: .root, decoding: Root.init).document
        guard candidate.version == nextVersion else {
            throw .wrongVersion(file: name, found: candidate.version, expected: nextVersion)
        }
        let new = candidate.authority(of: .root)
        return RootState(try verified(file, name, new, by: .root) { _ in candidate })
    }

    /// Whether a root file is of this version or a later one, signed by its own keys and by those
    /// of this root, too: then nobody but their holders can have made it.
    package func isFollowed(by bytes: [UInt8]) -> Bool {
        guard let later = try? RootState(trusting: bytes),
            later.root.document.version >= root.document.version,
            let file = try? SignedFile(bytes)
        else { return false }
        return file.count(by: root.document.authority(of: .root)).isMet
    }

    /// Whether the keys of timestamp or snapshot differ from those in `other`: then the client
    /// forgets both files, so that it recovers from a fast-forward attack (TUF 1.0.34 §5.3.11).
    ///
    /// Another threshold of the same keys is no rotation: what the client has stays the base
    /// for the rollback checks if its signatures meet the new threshold, and is none if not.
    public func rotatesOnlineKeys(comparedTo other: RootState) -> Bool {
        [RoleName.timestamp, .snapshot].contains { role in
            let mine = root.document.authority(of: role)
            let theirs = other.root.document.authority(of: role)
            return Set(mine.entries.map(\.key.material)) != Set(theirs.entries.map(\.key.material))
        }
    }

    /// The newest root: it must not be expired (TUF 1.0.34 §5.3.10).
    ///
    /// - Throws: ``UpdateError/expired(role:since:)``.
    public func concluded(at now: Instant) throws(UpdateError) -> CurrentRoot {
        guard root.document.expires > now else {
            throw .expired(role: .root, since: root.document.expires)
        }
        return CurrentRoot(root: root, now: now)
    }
}

/// Parses a metadata file, within the bounds of the one that led to it.
func parsed(
    _ bytes: [UInt8], _ file: String, _ limits: JSONLimits
) throws(UpdateError) -> SignedFile {
    do throws(SigningError) { return try SignedFile(bytes, limits: limits) } catch {
        throw .of(error, file: file, by: .root, nil)
    }
}

/// Checks and decodes a parsed metadata file.
///
/// - Parameter decode: called once the signatures are counted; gives the decoded document where
///   that is at hand already.
func verified<Document: Sendable>(
    _ signed: SignedFile, _ file: String, _ authority: Authority, by appointer: RoleName,
    decoding decode: (JSONValue) throws(JSONError) -> Document
) throws(UpdateError) -> Verified<Document> {
    do throws(SigningError) {
        return try signed.verified(by: authority, decoding: decode)
    } catch {
        throw .of(error, file: file, by: appointer, authority)
    }
}
