// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import MetadataSigning
public import TUFMetadata

/// The publisher's word that a file should not be used any more, in its `custom`:
/// `{"carnet": {"retired": {"since": "2026-11-23", "reason": "superseded by 1.2.1"}}}`.
///
/// It takes nothing from what is verified: whoever needs the file still gets it, and is told.
public struct Retirement: Sendable, Equatable, CustomStringConvertible {
    /// A day, as in 2026-11-23.
    public let since: String
    public let reason: String

    /// - Parameter reason: one line of at most 200 bytes is kept.
    public init(since: String, reason: String) {
        self.since = since
        self.reason = reason
    }

    /// What a file's entry says; `nil` if it says nothing of the kind.
    public init?(_ file: TargetFile) {
        guard let word = file.custom?["carnet"]?["retired"], let since = word["since"]?.text else {
            return nil
        }
        self.init(since: since.string, reason: word["reason"]?.text?.string ?? "")
    }

    /// Puts the word into a file's entry.
    public func apply(to entry: inout JSON) {
        var custom = entry["custom"] ?? [:]
        var own = custom["carnet"] ?? [:]
        own.set("retired", ["since": .text(since), "reason": .text(reason)])
        custom.set("carnet", own)
        entry.set("custom", custom)
    }

    /// Takes the word back.
    public static func remove(from entry: inout JSON) {
        guard var custom = entry["custom"], var own = custom["carnet"] else { return }
        own.set("retired", nil)
        custom.set("carnet", own.members?.isEmpty == true ? nil : own)
        entry.set("custom", custom.members?.isEmpty == true ? nil : custom)
    }

    /// Fit for a line.
    public var description: String {
        let day = Instant(since + "T00:00:00Z") == nil ? quoted(since) : since
        let isPlain =
            reason.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && reason.utf8.count <= 200
        let words = isPlain ? reason : quoted(reason)
        return words.isEmpty ? "since \(day)" : "since \(day): \(words)"
    }
}
