// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// What all parts of an audit share.
struct AuditContext: Sendable {
    let fetcher: AuditFetcher
    let metadataURL: String
    let targetsURL: String
    let options: AuditOptions
    let now: Instant
    /// What lies on disk; `nil` for a repository behind a URL.
    let files: ListedFiles?

    var limits: ClientLimits { options.limits }

    /// The same with a newer list of files.
    func listed(_ files: ListedFiles?) -> AuditContext {
        AuditContext(
            fetcher: fetcher, metadataURL: metadataURL, targetsURL: targetsURL, options: options,
            now: now, files: files)
    }

    /// Versions of a role's file that lie on disk, lowest first.
    func versions(of role: RoleName) -> [Int] {
        let encoded = UTF8Text(role.encoded)
        return (files?.metadata ?? []).compactMap { file in
            MetadataName(file.name).flatMap { $0.role == encoded ? $0.version : nil }
        }.sorted()
    }

    // MARK: reading

    enum Fetched {
        case bytes([UInt8])
        case absent
        case failed(Finding)
    }

    /// A metadata file as it comes.
    func fetch(_ name: String, maximumBytes: Int) async -> Fetched {
        do throws(FetchError) {
            return .bytes(try await fetcher.fetch(metadataURL + name, maximumBytes: maximumBytes))
        } catch {
            switch error.reason {
            case .notFound: return .absent
            case .tooLarge(let maximum):
                return .failed(
                    Finding(
                        .tooLarge, name, "is longer than clients take",
                        expected: "at most \(maximum) bytes",
                        remedy: "publish a smaller file: carnet role bins splits a large role"))
            default:
                return .failed(
                    Finding(
                        .unreachable, name, "could not be read", found: "\(error.reason)",
                        remedy: "check the address, the network and the permissions, "
                            + "then check again"))
            }
        }
    }

    /// Parses a metadata file.
    func parse(_ bytes: [UInt8], _ name: String) -> Result<SignedFile, AuditRefusal> {
        do throws(SigningError) {
            return .success(try SignedFile(bytes, limits: limits.json))
        } catch {
            if case .duplicateSignature(let keyID) = error {
                return .failure(
                    AuditRefusal(
                        Finding(
                            .duplicateSignature, name,
                            "the signature of key \(shown(keyID)) stands twice, so clients refuse "
                                + "the whole file",
                            remedy: "have it signed anew: carnet sign")))
            }
            return .failure(AuditRefusal(.malformed(name, error)))
        }
    }

    /// Decodes what a file says, signed or not: an audit goes on with what its owners meant.
    func decode<Document>(
        _ file: SignedFile, _ name: String,
        _ decode: (JSONValue) throws(JSONError) -> Document
    ) -> Result<Document, AuditRefusal> {
        do throws(JSONError) { return .success(try decode(file.signed)) } catch {
            return .failure(AuditRefusal(.malformed(name, .malformed(error))))
        }
    }

    /// Whether enough of those who must have signed a file did.
    ///
    /// - Parameter appointer: who says whose signatures count, as in `root` or `root version 3`.
    func unsigned(
        _ file: SignedFile, _ name: String, _ authority: Authority, by appointer: String
    ) -> Finding? {
        let count = file.count(by: authority)
        guard !count.isMet else { return nil }
        let people = KeyPeople(authority)
        let wrong = count.rejected.filter { $0.reason == .wrong }.map(\.keyID)
        var found = "signed by \(count.accepted.count)"
        if !count.accepted.isEmpty { found += ": \(people.names(count.accepted))" }
        if !wrong.isEmpty { found += "; wrong: \(people.names(wrong))" }
        let missing = people.names(missingIn: count)
        return Finding(
            .unsigned, name, "is not signed as \(appointer) asks, so clients refuse it",
            found: found, expected: "\(counted(count.required, "different key")) of \(appointer)",
            remedy: missing.isEmpty
                ? "name more keys with carnet role keys, or a lower threshold"
                : "have it signed by \(missing): carnet sign")
    }
}

/// Why a file is of no use to an audit.
struct AuditRefusal: Error {
    let finding: Finding

    init(_ finding: Finding) { self.finding = finding }
}

extension Finding {
    static func malformed(_ name: String, _ error: SigningError) -> Finding {
        Finding(
            .malformed, name, "is not metadata of its role", found: "\(error)",
            remedy: "restore the file from a copy, or sign the role anew")
    }

    static func missing(_ name: String, listedBy role: String) -> Finding {
        Finding(
            .missing, name, "is listed by \(role) and not there",
            remedy: "restore the file from a copy or a mirror, or sign the role anew")
    }
}
