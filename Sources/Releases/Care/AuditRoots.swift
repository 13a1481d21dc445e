// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// The chain of roots, from the first version on (TUF 1.0.34 §5.3, §6.1).
struct AuditRoots {
    /// One version that could be read, signed as it must be or not.
    struct Version: Sendable {
        let number: Int
        let root: Root
        let bytes: [UInt8]
        /// Whether it and all before it are signed, with no gap.
        let isReached: Bool
    }

    private(set) var versions: [Version] = []
    private var last: Int?
    private var first: Int?

    /// Versions that were found, readable or not.
    var range: ClosedRange<Int>? {
        guard let first, let last else { return nil }
        return first...last
    }

    /// The newest one that clients get to, which may be none.
    var reached: Version? { versions.last { $0.isReached } }
    /// The newest one that can be read.
    var newest: Version? { versions.last }

    // MARK: the walk

    private let context: AuditContext
    private let pinned: [UInt8]?
    private let beginning: Int

    /// - Parameter pinned: a root that somebody trusts, to begin with in place of version 1.
    init(_ context: AuditContext, pinned: [UInt8]?) {
        self.context = context
        self.pinned = pinned
        beginning = pinned.flatMap(AuditRoots.version) ?? 1
    }

    private static func version(of bytes: [UInt8]) -> Int? {
        guard let file = try? SignedFile(bytes), let root = try? Root(file.signed) else {
            return nil
        }
        return root.version
    }

    mutating func walk(_ log: inout AuditLog) async {
        let known = context.files.map { _ in context.versions(of: .root) }
        var next = beginning
        for _ in 0..<context.options.roots {
            switch await fetch(next) {
            case .bytes(let bytes): take(bytes, next, &log)
            case .failed(let finding):
                log.add(finding)
                note(next)
                // Behind a URL it may be the network; the rest could not be told from a gap.
                if known == nil { return }
            case .absent:
                guard let following = await following(next, known) else {
                    conclude(next, &log)
                    return
                }
                log.add(gap(from: next, to: following - 1))
                next = following
                continue
            }
            next += 1
        }
        log.add(
            Finding(
                .manyRoots, "root.json",
                "there are more than \(context.options.roots) versions; the rest was not read",
                remedy: "check with a higher limit", severity: .warning))
    }

    private func fetch(_ version: Int) async -> AuditContext.Fetched {
        let found = await context.fetch(
            RoleName.root.fileName(version: version), maximumBytes: context.limits.rootBytes)
        guard case .absent = found, version == beginning, let pinned else { return found }
        return .bytes(pinned)
    }

    /// The next version that is there, if any is: by the list of files, or a few further on.
    private func following(_ version: Int, _ known: [Int]?) async -> Int? {
        if let known { return known.first { $0 > version } }
        for candidate in (version + 1)...(version + 3) {
            if case .bytes = await fetch(candidate) { return candidate }
        }
        return nil
    }

    private func conclude(_ next: Int, _ log: inout AuditLog) {
        guard let range else {
            let name = RoleName.root.fileName(version: beginning)
            log.add(
                Finding(
                    .missing, name, "is not there: nobody can begin to trust the repository",
                    remedy: "check that this is a repository; restore the file from a copy"))
            return
        }
        let steps = range.upperBound - beginning
        guard steps > context.limits.rootVersions else { return }
        log.add(
            Finding(
                .manyRoots, "root.json",
                "a client at version \(beginning) has \(steps) versions to follow and needs "
                    + "several runs for it", found: "\(steps)",
                expected: "at most \(context.limits.rootVersions) at once",
                remedy: "give new clients a newer root to begin with"))
    }

    private mutating func note(_ version: Int) {
        first = first ?? version
        last = version
    }

    // MARK: one version

    private mutating func take(_ bytes: [UInt8], _ number: Int, _ log: inout AuditLog) {
        note(number)
        let name = RoleName.root.fileName(version: number)
        if number == beginning, let pinned, pinned != bytes {
            log.add(
                Finding(
                    .rootDiffers, name, "is another file than the root that you trust",
                    found: "sha256 \(DigestAlgorithm.sha256.hexDigest(of: bytes))",
                    expected: "sha256 \(DigestAlgorithm.sha256.hexDigest(of: pinned))",
                    remedy: "ask the repository's owners by another way which one is theirs"))
        }
        let file: SignedFile
        let root: Root
        switch context.parse(bytes, name) {
        case .success(let parsed): file = parsed
        case .failure(let refusal): return log.add(refusal.finding)
        }
        switch context.decode(file, name, Root.init) {
        case .success(let decoded): root = decoded
        case .failure(let refusal): return log.add(refusal.finding)
        }
        let findings = judge(file, root, number, name)
        log.add(findings)
        let isLinked = number == beginning || versions.last?.number == number - 1
        let isReached = number == beginning || versions.last?.isReached == true
        versions.append(
            Version(
                number: number, root: root, bytes: bytes,
                isReached: findings.isEmpty && isLinked && isReached))
    }

    private func judge(
        _ file: SignedFile, _ root: Root, _ number: Int, _ name: String
    ) -> [Finding] {
        var findings: [Finding] = []
        if root.version != number {
            findings.append(.wrongVersion(name, found: root.version, expected: number))
        }
        // Without the version before there is nobody to judge by; that one is told already.
        if let previous = versions.last, previous.number == number - 1 {
            let old = previous.root.authority(of: .root)
            if let finding = context.unsigned(
                file, name, old, by: "root version \(previous.number)")
            {
                findings.append(finding)
            }
        }
        if let finding = context.unsigned(
            file, name, root.authority(of: .root), by: "root version \(number)")
        {
            findings.append(finding)
        }
        return findings
    }

    private func gap(from first: Int, to last: Int) -> Finding {
        let name = RoleName.root.fileName(version: first)
        let words = first == last ? "version \(first) is" : "versions \(first) to \(last) are"
        let who =
            first == beginning
            ? "nobody can begin at it" : "clients at version \(first - 1) cannot go on"
        return Finding(
            .rootGap, name, "root \(words) missing, though later ones are there: \(who)",
            remedy: "restore the files from a copy or a mirror; roots are never removed")
    }
}

extension Finding {
    static func wrongVersion(_ name: String, found: Int, expected: Int) -> Finding {
        Finding(
            .wrongVersion, name, "holds another version than the one it should",
            found: "version \(found)", expected: "version \(expected)",
            remedy: "restore the file from a copy, or sign the role anew")
    }
}
