// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoVerification
public import MetadataSigning
public import RepositoryStorage
public import TUFClient
public import TUFMetadata

/// The one reason why a file is not accepted as a release.
public enum ReleaseError: Error, Equatable, Sendable {
    case update(UpdateError)
    /// The repository does not offer the file.
    case noSuchFile(TargetPath)
    /// Neither a layout nor the list of unattested files covers it.
    case noPolicy(TargetPath)
    /// Layouts govern the file, but it names no evidence (rule 4).
    case noEvidence(TargetPath, layouts: [String])
    /// The file names evidence that no role publishes.
    case evidenceNotPublished(TargetPath)
    /// The repository's `x-carnet`, a layout's `custom` or a file's `custom` is malformed.
    case malformedPolicy(JSONError)
    /// The file names no layout, or more than one.
    case layoutCount(TargetPath, found: Int)
    /// A layout or its key stands in a role that cannot make policy (rule 1).
    case policyFromWrongRole(TargetPath, found: RoleName, expected: RoleName)
    /// The layout named is not one that governs the file (rule 4).
    case layoutDoesNotGovern(layout: String, TargetPath)
    /// The path fits the layout's `applies-to` in two ways.
    case ambiguousPath(TargetPath, layout: String)
    /// The user gave a value for a parameter that the path gives by the layout's `applies-to`.
    case parameterOfPath(UTF8Text, layout: String)
    case malformedLayout(layout: String, SigningError)
    case malformedLayoutKey(TargetPath, SigningError)
    /// Too few of those who may have signed the layout (rule 2).
    case layoutUnsigned(layout: String, SignatureCount, mayStillSign: [KeyID])
    /// Two files of evidence that in-toto would know by one name.
    case evidenceTwice(TargetPath)
    /// More files, or more bytes, than one file's evidence may have.
    case tooMuchEvidence(TargetPath, found: Int, maximum: Int)
    case supplyChain(layout: String, SupplyChainError)
    /// The file at hand is none that the repository offers.
    case unknownFile(name: String, sha256: String, offered: [String])
    /// No server may be asked, and the file was not fetched before.
    case offline(file: String)
    case storage(StorageError)
}

extension ReleaseError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .update(let error): "\(error)"
        case .noSuchFile(let path): "\(path): not offered by the repository"
        case .noPolicy(let path):
            "\(path): no layout governs it, and it is not among the files without evidence"
        case .noEvidence(let path, let layouts):
            "\(path): governed by \(layouts.joined(separator: ", ")), but names no evidence"
        case .evidenceNotPublished(let path): "\(path): named as evidence, but not published"
        case .malformedPolicy(let error): "\(error)"
        case .layoutCount(let path, let found):
            "\(path): \(found) layouts named as evidence, 1 expected"
        case .policyFromWrongRole(let path, let found, let expected):
            "\(path): signed by role \(found), role \(expected) expected"
        case .layoutDoesNotGovern(let layout, let path):
            "\(path): named with layout \(layout), which does not govern it"
        case .ambiguousPath(let path, let layout):
            "\(path): fits the paths of layout \(layout) in more than one way"
        case .parameterOfPath(let name, let layout):
            "parameter \(quoted(name)): given, but layout \(layout) takes it from the path"
        case .malformedLayout(let layout, let error): "layout \(layout): \(error)"
        case .malformedLayoutKey(let path, let error): "\(path): \(error)"
        case .layoutUnsigned(let layout, let count, _): "layout \(layout): \(count)"
        case .evidenceTwice(let path): "\(path): named as evidence twice"
        case .tooMuchEvidence(let path, let found, let maximum):
            "\(path): evidence of \(found) files or bytes found, at most \(maximum) expected"
        case .supplyChain(let layout, let error): "layout \(layout): \(error)"
        case .unknownFile(let name, let sha256, let offered):
            offered.isEmpty
                ? "\(name): no file of this name is offered"
                : "\(name): sha256 \(sha256) found, other bytes are offered as "
                    + offered.joined(separator: ", ")
        case .offline(let file): "\(file): not at hand, and offline no server is asked"
        case .storage(let error): "\(error)"
        }
    }
}
