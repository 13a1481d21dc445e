// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import RepositoryStorage

/// Why a bundle was not read, or not made.
public enum BundleError: Error, Equatable, Sendable {
    case storage(StorageError)
    /// The file is no bundle, or not whole.
    case damaged(bundle: String, BundleFault)
    /// Its root of this version is none that the trusted one leads to.
    case foreign(bundle: String, rootVersion: Int, trusted: String)
    /// Its roots begin too late to be reached from the trusted one.
    case rootsMissing(bundle: String, first: Int, trustedVersion: Int)
    /// None of the repositories trusted here is the one that it is from.
    case notTrusted(bundle: String, label: String, known: [String])
    /// Several repositories trusted here could be the one that it is from.
    case ambiguous(bundle: String, names: [String])
    /// It has no root with this SHA-256.
    case fingerprint(bundle: String, expected: String)
    /// More than a bundle may hold.
    case tooMuch(BundleBound, found: Int, maximum: Int)
}

/// What is bounded.
public enum BundleBound: String, Sendable {
    case manifestBytes, members
}

/// What is wrong with the bytes of a bundle.
public enum BundleFault: Error, Equatable, Sendable {
    case notTar
    /// Shorter than what stands in it says.
    case truncated(found: Int, expected: Int?)
    case manifestNotFirst(found: String)
    case malformedManifest(ManifestFault)
    /// In the place of a member stands another one, or what is no file.
    case member(expected: String, found: String)
    case memberLength(String, found: Int, expected: Int)
    /// Its header is not as carnet writes it: time, owner, rights or checksum.
    case memberHeader(String)
    case wrongDigest(String, found: String, expected: String)
    /// Bytes between a content and the next header.
    case padding(after: String)
    case strayMember(String)
    case strayBytes(Int)
    /// The version of its timestamp is not the one that the manifest says.
    case timestampVersion(found: Int, expected: Int)
    /// Somebody wrote to it while it was read.
    case changed
}

/// What is wrong with a manifest.
public enum ManifestFault: Error, Equatable, Sendable {
    case json(JSONError)
    case notCanonical
    case bound(BundleBound, found: Int, maximum: Int)
    /// A name that leads out of the archive's folder, or means several places.
    case name(String)
    case digest(String)
    case noFiles
    /// Files in another order, or one twice.
    case order(String)
    /// A file that is offered and no member.
    case noMember(file: String)
    case noRoot
    case rootGap(after: Int)
    case noTimestamp
}

extension BundleError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .storage(let error): "\(error)"
        case .damaged(let bundle, let fault): "\(bundle): \(fault)"
        case .foreign(let bundle, let version, let trusted):
            "\(bundle): root \(version) of another repository found, one that follows from the "
                + "root of \(trusted) expected"
        case .rootsMissing(let bundle, let first, let trusted):
            "\(bundle): roots from version \(first) on found, version \(trusted + 1) or one "
                + "before it expected"
        case .notTrusted(let bundle, let label, _):
            "\(bundle): made from \(quoted(label)), whose root follows from none trusted here"
        case .ambiguous(let bundle, let names):
            "\(bundle): fits \(names.joined(separator: " and ")), one repository expected"
        case .fingerprint(let bundle, let expected):
            "\(bundle): no root with sha256 \(expected) in it"
        case .tooMuch(let bound, let found, let maximum): bound.words(found, maximum)
        }
    }
}

extension BundleBound {
    func words(_ found: Int, _ maximum: Int) -> String {
        switch self {
        case .manifestBytes: "manifest of \(found) bytes found, at most \(maximum) expected"
        case .members: "\(found) members found, at most \(maximum) expected"
        }
    }
}

extension BundleFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notTar: "not a bundle: no tar archive"
        case .truncated(let found, let expected?):
            "truncated: \(found) bytes found, \(expected) expected"
        case .truncated(let found, nil): "truncated: only \(found) bytes found"
        case .manifestNotFirst(let found):
            "not a bundle: \(quoted(found)) found as first member, "
                + "\(BundleManifest.fileName) expected"
        case .malformedManifest(let fault): "\(BundleManifest.fileName): \(fault)"
        case .member(let expected, let found): "\(found) found, file \(quoted(expected)) expected"
        case .memberLength(let name, let found, let expected):
            "\(quoted(name)): \(found) bytes found, \(expected) expected"
        case .memberHeader(let name): "\(quoted(name)): damaged header, or repacked by another tool"
        case .wrongDigest(let name, let found, let expected):
            "\(quoted(name)): sha256 \(found) found, \(expected) expected"
        case .padding(let name): "bytes that belong to no member after \(quoted(name))"
        case .strayMember(let name): "\(quoted(name)): not in the manifest"
        case .strayBytes(let count): "\(count) bytes after its end"
        case .timestampVersion(let found, let expected):
            "timestamp.json: version \(found) found, version \(expected) expected by the manifest"
        case .changed: "changed while it was read"
        }
    }
}

extension ManifestFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .json(let error): "\(error)"
        case .notCanonical: "not in canonical form"
        case .bound(let bound, let found, let maximum): bound.words(found, maximum)
        case .name(let name):
            "member \(quoted(name)) found, a path below metadata/ or targets/ expected"
        case .digest(let name): "member \(quoted(name)): sha256 of 64 hexadecimal digits expected"
        case .noFiles: "no file offered"
        case .order(let name): "file \(quoted(name)) is not in order, or no path"
        case .noMember(let file): "file \(quoted(file)) offered, and no member"
        case .noRoot: "no root among the members"
        case .rootGap(let version): "root \(version + 1) missing between the members"
        case .noTimestamp: "no timestamp among the members"
        }
    }
}
