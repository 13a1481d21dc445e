// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import InTotoMetadata
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
public import TUFMetadata
public import TUFRepository

/// Why a layout or a release was not published. The repository is as it was.
public enum PublishingError: Error, Equatable, Sendable {
    case repository(RepositoryError)
    case storage(StorageError)
    case source(LayoutSourceError)
    /// A key file that a layout source names is not there or holds no public key.
    case keyFile(LayoutSourceError)
    /// The layout has faults that it must not be published with.
    case weakLayout(file: String, [LayoutFinding])
    /// A key that the layout's source does not list among its signers.
    case notASigner(key: String, signers: [String])
    /// Fewer of the signers than the layout wants.
    case layoutUnsigned(file: String, SignatureCount, missing: [String])
    case damagedLayout(file: String, SigningError)
    /// No layout's `applies-to` fits the file's name.
    case notCovered(file: String, layouts: [String])
    /// Several layouts or paths fit the file's name.
    case severalPaths(file: String, [TargetPath])
    case path(String)
    case policy(JSONError)
    /// Two different files of one name among the links.
    case differentLinks(String, String)
    case noLinks(layout: String, folders: [String])
    /// A place of links that gives none.
    case links(LinkSourceError)
    /// Another layout governs the same paths, so that files may choose between the two.
    case overlapping(file: String, PathTemplate, other: String)
    /// No role of the repository may list the files that a layout governs.
    case unpublishable(file: String, PathTemplate)
    /// The changed repository is not one that a client would accept.
    case preflight(UpdateError)
    /// The person who was asked said no.
    case declined
    /// There is nobody to ask.
    case unconfirmed
    /// There is no change that waits for signatures.
    case nothingWaits
    /// The role is part of a change that waits for signatures.
    case waiting(RoleName)
    /// The verifier refuses what was to be published.
    case refused(ReleaseError)
    /// The store that the repository is in; its place, and what it said.
    case store(place: String, words: String, isUnreachable: Bool)
    /// The store holds another repository; by the SHA-256 of the first roots.
    case otherRepository(place: String, found: String, expected: String)
    /// Others published to the store without a pause.
    case overtaken(place: String)
    /// Something that the change rests on was not fetched yet; never seen by a person.
    case elsewhere
    /// A change that is made in a folder only.
    case localOnly(place: String)
    /// What is asked of a key cannot be answered or done.
    case impact(ImpactError)
}

extension PublishingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .repository(let error): "\(error)"
        case .storage(let error): "\(error)"
        case .source(let error), .keyFile(let error): "\(error)"
        case .weakLayout(let file, let findings):
            "\(file): " + (findings.first.map { "\($0.message); \($0.remedy)" } ?? "")
                + (findings.count > 1 ? " (and \(findings.count - 1) more)" : "")
        case .notASigner(let key, let signers):
            "key \(key): not among the signers of the layout, which are "
                + signers.joined(separator: ", ")
        case .layoutUnsigned(let file, let count, let missing):
            "\(file): \(count); missing \(missing.joined(separator: ", "))"
        case .damagedLayout(let file, let error): "\(file): \(error)"
        case .notCovered(let file, let layouts):
            layouts.isEmpty
                ? "\(file): the repository has no layout yet; carnet layout add"
                : "\(file): no layout covers it, expected a name as in "
                    + layouts.joined(separator: " or ")
        case .severalPaths(let file, let paths):
            "\(file): may be published under several paths, choose one with --as: "
                + paths.prefix(5).map(\.description).joined(separator: ", ")
        case .path(let path):
            "\(quoted(path)): not a target path, expected such as demo/1.0/demo.tgz"
        case .policy(let error): "\(error)"
        case .differentLinks(let first, let second):
            "\(first) and \(second): two different links of one name"
        case .noLinks(let layout, let folders):
            "no links for layout \(layout) in \(folders.joined(separator: ", "))"
        case .links(let error): "\(error)"
        case .unpublishable(let file, let template):
            "\(file): applies-to: \(template) is outside of what the repository's releases may be"
        case .overlapping(let file, let template, let other):
            "\(file): applies-to: \(template) is governed by layout \(other) already"
        case .unconfirmed: "not confirmed: there is no terminal to ask at"
        case .declined: "nothing was changed"
        case .nothingWaits: "signing/: no change waits for signatures"
        case .waiting(let role):
            "role \(role): part of a change that waits for signatures in signing/"
        case .store(let place, let words, _): "\(place): \(words)"
        case .otherRepository(let place, let found, let expected):
            "\(place): another repository: first root \(found) found, \(expected) expected"
        case .overtaken(let place):
            "\(place): others publish all the time, and each was faster; nothing was published"
        case .elsewhere: "a file of the repository was not fetched"
        case .localOnly(let place):
            "\(place): a change of keys, roles or the policy, or one that waits for signatures, is "
                + "made in a folder and published from there"
        case .impact(let error): "\(error)"
        case .refused(let error): "a client would refuse it: \(error)"
        case .preflight(let error): "a client would not accept the change: \(error)"
        }
    }
}

extension PublishingError {
    init(_ error: RepositoryStoreError) {
        self = .store(
            place: error.place, words: error.reason.description,
            isUnreachable: error.isUnreachable)
    }
}
