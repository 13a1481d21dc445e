// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
import MetadataSigning
import TUFMetadata

extension MirrorStatus {
    /// Name of the JSON form.
    package static let schema = "carnet/mirror-status/1"

    /// For a person.
    package var text: String {
        var lines = [
            "\(place) serves timestamp \(version(.timestamp)) with snapshot "
                + "\(version(.snapshot)) under root \(version(.root))."
        ]
        if let selection, !selection.isEverything {
            let parts =
                selection.roles.map { "role \($0)" }
                + selection.patterns.map { "path \(quoted($0.text))" }
            lines.append("It is a partial mirror: \(parts.joined(separator: ", ")).")
        }
        if !isComplete {
            lines.append("No synchronization has ended with this state yet.")
        }
        for role in roles where role.expires <= now {
            lines.append("\(role.name) EXPIRED \(ago(role.expires)): clients refuse it.")
        }
        if let next = roles.filter({ $0.expires > now }).min(by: { $0.expires < $1.expires }) {
            lines.append(
                "\(next.name) expires next, in \(span(next.expires.seconds - now.seconds)).")
        }
        if others > 0 { lines.append("\(others) delegated roles were not looked at.") }
        lines.append(contentsOf: sourceLines)
        return lines.joined(separator: "\n") + "\n"
    }

    private var sourceLines: [String] {
        switch source {
        case .notAsked: return []
        case .refused(let error): return ["The source is not followed: \(error)."]
        case .answered(let lag):
            guard isBehind else { return ["The source has nothing that the mirror has not."] }
            var words = [
                change("root", version(.root), lag.root),
                change("timestamp", version(.timestamp), lag.timestamp),
                change("snapshot", version(.snapshot), lag.snapshot),
            ].compactMap { $0 }
            words.append("\(lag.files) file\(lag.files == 1 ? "" : "s") of \(lag.bytes) bytes")
            let seconds = lag.seconds > 0 ? ", \(span(lag.seconds)) behind" : ""
            return ["The source is ahead\(seconds): \(words.joined(separator: ", "))."]
        }
    }

    private func change(_ role: String, _ here: Int, _ there: Int) -> String? {
        here == there ? nil : "\(role) \(here) to \(there)"
    }

    private func ago(_ moment: Instant) -> String {
        "\(span(now.seconds - moment.seconds)) ago"
    }

    // MARK: for programs

    package var json: JSON {
        var object: JSON = [
            "schema": .text(MirrorStatus.schema), "place": .text(place),
            "complete": .boolean(isComplete), "expired": .boolean(isExpired),
            "roles": .array(
                roles.map {
                    [
                        "name": .string($0.name.text), "version": .integer($0.version),
                        "expires": .text($0.expires.description),
                    ]
                }),
            "roles_not_looked_at": .integer(others),
        ]
        if let selection, !selection.isEverything { object.set("selection", selection.json) }
        switch source {
        case .notAsked: break
        case .refused(let error):
            object.set(
                "source", ["refused": .text("\(error)"), "stale": .boolean(error.isStale)])
        case .answered(let lag):
            object.set(
                "source",
                [
                    "behind": .boolean(isBehind), "root": .integer(lag.root),
                    "timestamp": .integer(lag.timestamp), "snapshot": .integer(lag.snapshot),
                    "files_missing": .integer(lag.files), "bytes_missing": .integer(lag.bytes),
                    "seconds_behind": .integer(lag.seconds),
                ])
        }
        return object
    }

    /// As Prometheus reads it.
    package var metrics: String {
        var text = "# TYPE carnet_role_expires_timestamp_seconds gauge\n"
        for role in roles where role.name.description.utf8.allSatisfy({ $0 != 0x22 }) {
            text +=
                "carnet_role_expires_timestamp_seconds{role=\"\(role.name)\"} "
                + "\(role.expires.seconds)\n"
        }
        text += "# TYPE carnet_mirror_version gauge\n"
        for role in roles where role.name.description.utf8.allSatisfy({ $0 != 0x22 }) {
            text += "carnet_mirror_version{role=\"\(role.name)\"} \(role.version)\n"
        }
        text += gauge("carnet_mirror_complete", isComplete ? 1 : 0)
        switch source {
        case .notAsked: break
        case .refused: text += gauge("carnet_mirror_source_refused", 1)
        case .answered(let lag):
            text += gauge("carnet_mirror_source_refused", 0)
            text += gauge("carnet_mirror_behind_seconds", lag.seconds)
            text += gauge("carnet_mirror_missing_files", lag.files)
            text += gauge("carnet_mirror_behind_versions", lag.timestamp - version(.timestamp))
        }
        return text
    }

    private func gauge(_ name: String, _ value: Int) -> String {
        "# TYPE \(name) gauge\n\(name) \(value)\n"
    }
}

/// A length of time: `3 days`, `5 hours`, `40 s`.
func span(_ seconds: Int) -> String {
    switch seconds {
    case 172_800...: "\(seconds / 86400) days"
    case 7200...: "\(seconds / 3600) hours"
    case 120...: "\(seconds / 60) minutes"
    default: "\(max(0, seconds)) s"
    }
}
