// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import TUFMetadata

/// Looks for delegations of paths that no client can ever follow.
struct AuditPatterns {
    private let roles: AuditRoles
    /// Patterns of terminating roles that one pattern is compared with.
    private static let comparisons = 1000

    init(_ roles: AuditRoles) { self.roles = roles }

    func findings() -> [Finding] {
        roles.all.flatMap { parent -> [Finding] in
            guard case .named(let delegated)? = parent.targets.delegations?.roles else {
                return []
            }
            return dead(delegated) + shadowed(delegated, of: parent)
                + outOfReach(delegated, of: parent) + idle(delegated)
        }
    }

    private static func patterns(of role: DelegatedRole) -> [PathPattern] {
        if case .paths(let patterns) = role.scope { patterns } else { [] }
    }

    private static func prefixes(of role: DelegatedRole) -> [String] {
        if case .hashPrefixes(let prefixes) = role.scope { prefixes } else { [] }
    }

    // MARK: patterns that stand for nothing

    private func dead(_ delegated: [DelegatedRole]) -> [Finding] {
        delegated.flatMap { role in
            AuditPatterns.patterns(of: role).compactMap { pattern -> Finding? in
                guard let reason = PatternLanguage(pattern).deadReason else { return nil }
                return Finding(
                    .patternDead, "\(role.name)",
                    "has pattern \(quoted(pattern.text)), which no target path can match: \(reason)",
                    remedy: "give it patterns of relative paths: carnet role paths \(role.name)")
            }
        }
    }

    // MARK: behind a terminating role

    private func shadowed(_ delegated: [DelegatedRole], of parent: AuditRole) -> [Finding] {
        var findings: [Finding] = []
        var ending: [(role: RoleName, pattern: PathPattern, language: PatternLanguage)] = []
        var endingPrefixes: [UTF8Text: RoleName] = [:]
        for role in delegated {
            for pattern in AuditPatterns.patterns(of: role) {
                let language = PatternLanguage(pattern)
                guard let wall = ending.first(where: { $0.language.covers(language) }) else {
                    continue
                }
                findings.append(
                    finding(
                        role.name, "pattern \(quoted(pattern.text))", behind: wall.role,
                        "pattern \(quoted(wall.pattern.text))", parent))
            }
            for prefix in AuditPatterns.prefixes(of: role) {
                let heads = (0...prefix.utf8.count).map { UTF8Text(String(prefix.prefix($0))) }
                guard let head = heads.first(where: { endingPrefixes[$0] != nil }),
                    let wall = endingPrefixes[head]
                else { continue }
                findings.append(
                    finding(
                        role.name, "hash prefix \"\(prefix)\"", behind: wall,
                        "prefix \"\(head)\"", parent))
            }
            guard role.isTerminating else { continue }
            for pattern in AuditPatterns.patterns(of: role)
            where ending.count < AuditPatterns.comparisons {
                ending.append((role.name, pattern, PatternLanguage(pattern)))
            }
            for prefix in AuditPatterns.prefixes(of: role) {
                endingPrefixes[UTF8Text(prefix)] = endingPrefixes[UTF8Text(prefix)] ?? role.name
            }
        }
        return findings
    }

    private func finding(
        _ role: RoleName, _ what: String, behind wall: RoleName, _ other: String,
        _ parent: AuditRole
    ) -> Finding {
        Finding(
            .patternShadowed, "\(role)",
            "is never asked for its \(what): the search ends before at \(wall), which is "
                + "terminating and has \(other)",
            remedy: "put it before \(wall) among the delegations of \(parent.name), or let "
                + "\(wall) not be terminating: carnet role paths \(role) --before \(wall)")
    }

    // MARK: beyond what the parent itself has

    private func outOfReach(_ delegated: [DelegatedRole], of parent: AuditRole) -> [Finding] {
        guard parent.name != .targets else { return [] }
        let scopes = (roles.parents[parent.name] ?? []).compactMap { grandparent -> Scope? in
            guard let delegations = roles.byName[grandparent]?.targets.delegations else {
                return nil
            }
            return Scope(of: parent.name, in: delegations)
        }
        guard !scopes.isEmpty else { return [] }
        return delegated.flatMap { role -> [Finding] in
            let patterns = AuditPatterns.patterns(of: role)
                .filter { pattern in !scopes.contains { $0.meets(PatternLanguage(pattern)) } }
                .map { "pattern \(quoted($0.text))" }
            let prefixes = AuditPatterns.prefixes(of: role)
                .filter { prefix in !scopes.contains { $0.meets(prefix) } }
                .map { "hash prefix \"\($0)\"" }
            return (patterns + prefixes).map { what in
                Finding(
                    .patternOutOfReach, "\(role.name)",
                    "has \(what), but \(parent.name), which delegates to it, may not speak for "
                        + "such paths itself",
                    remedy: "widen the patterns of \(parent.name) with carnet role paths, or let "
                        + "another role delegate to it")
            }
        }
    }

    private enum Scope {
        case anything
        case patterns([PatternLanguage])
        case prefixes([String])

        init(of role: RoleName, in delegations: Delegations) {
            guard case .named(let roles) = delegations.roles,
                let entry = roles.first(where: { $0.name == role })
            else {
                self = .anything
                return
            }
            switch entry.scope {
            case .paths(let patterns): self = .patterns(patterns.map(PatternLanguage.init))
            case .hashPrefixes(let prefixes): self = .prefixes(prefixes)
            }
        }

        func meets(_ pattern: PatternLanguage) -> Bool {
            guard case .patterns(let own) = self else { return true }
            return own.contains { $0.meets(pattern) }
        }

        func meets(_ prefix: String) -> Bool {
            guard case .prefixes(let own) = self else { return true }
            return own.contains {
                $0.utf8.starts(with: prefix.utf8) || prefix.utf8.starts(with: $0.utf8)
            }
        }
    }

    // MARK: patterns without files

    private func idle(_ delegated: [DelegatedRole]) -> [Finding] {
        delegated.flatMap { role -> [Finding] in
            // A role that delegates may have its patterns for others' files.
            guard let targets = roles.byName[role.name]?.targets, targets.delegations == nil else {
                return []
            }
            var waiting = AuditPatterns.patterns(of: role).filter { !AuditPatterns.isUsual($0) }
            var hasFiles = false
            for path in targets.files.paths {
                if waiting.isEmpty { return [] }
                hasFiles = true
                waiting.removeAll { $0.matches(path) }
            }
            guard hasFiles else { return [] }
            return waiting.map { pattern in
                Finding(
                    .patternIdle, "\(role.name)",
                    "has files, and none that pattern \(quoted(pattern.text)) matches",
                    remedy: "nothing is wrong if files are still to come; otherwise correct it: "
                        + "carnet role paths \(role.name)")
            }
        }
    }

    /// The folders of ITE-2 are delegated whether something is in them or not.
    private static func isUsual(_ pattern: PathPattern) -> Bool {
        [LayoutTarget.folder, LayoutTarget.keyFolder].contains {
            pattern.text.utf8.starts(with: "\($0)/".utf8)
        }
    }
}
