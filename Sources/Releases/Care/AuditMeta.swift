// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata
import TUFRepository

/// Rules that hold for every role's file.
extension AuditContext {
    /// Length and digests, where they are known beforehand (TUF 1.0.34 §5.5.2, §5.6.2).
    func mismatches(_ bytes: [UInt8], _ name: String, _ expected: MetaFile) -> [Finding] {
        let remedy = "restore the file from a copy or a mirror, or sign the role anew"
        if let length = expected.length, length != bytes.count {
            return [
                Finding(
                    .wrongLength, name, "is not the file that was listed",
                    found: "\(bytes.count) bytes", expected: "\(length) bytes", remedy: remedy)
            ]
        }
        for (algorithm, digest) in expected.hashes.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        {
            let found = algorithm.hexDigest(of: bytes)
            guard found != digest else { continue }
            return [
                Finding(
                    .wrongDigest, name, "is not the file that was listed",
                    found: "\(algorithm.rawValue) \(found)",
                    expected: "\(algorithm.rawValue) \(digest)", remedy: remedy)
            ]
        }
        return []
    }

    /// For how many days a role is signed at a time, where the repository says so: in the role
    /// itself, or with tuf-on-ci for online roles in the root.
    func period(_ signed: JSONValue, _ role: RoleName, _ root: Root?) -> Int? {
        let own = days(signed, MetadataBuilder.periodMember) ?? days(signed, AuditContext.onCI)
        if let own { return own }
        let members = try? root?.value.object()["roles"]?.object()[role.text]
        return members.flatMap { days($0, AuditContext.onCI) }
    }

    private static let onCI: UTF8Text = "x-tuf-on-ci-expiry-period"

    private func days(_ value: JSONValue, _ member: UTF8Text) -> Int? {
        try? value.object()[member]?.integer(in: 1...36500)
    }

    /// What ends, has ended, or was signed in the future.
    ///
    /// - Parameters:
    ///   - period: days for which it is signed at a time, if known.
    ///   - renewal: the owner's next command.
    func times(
        _ name: String, _ expires: Instant, period: Int?, renewal: String
    ) -> [Finding] {
        if expires <= now {
            return [
                Finding(
                    .expired, name, "has expired, so clients refuse it", found: "\(expires)",
                    expected: "later than \(now)", remedy: renewal)
            ]
        }
        var findings: [Finding] = []
        if expires <= now.adding(seconds: alarmSeconds(period)) {
            findings.append(
                Finding(
                    .expiring, name,
                    "expires in \(AuditContext.span(expires.seconds - now.seconds))",
                    found: "\(expires)",
                    expected: "more than \(AuditContext.span(alarmSeconds(period))) left",
                    remedy: renewal))
        }
        let latest = now.adding(seconds: options.clockToleranceSeconds)
        if let period, expires.adding(days: -period) > latest {
            findings.append(
                Finding(
                    .clock, name,
                    "ends later than the \(counted(period, "day")) for which it is signed allow: "
                        + "a clock is wrong, or it was signed for longer",
                    found: "\(expires)", expected: "at most \(latest.adding(days: period))",
                    remedy: "set the clocks of this machine and of those who sign, "
                        + "then sign it anew"))
        }
        return findings
    }

    /// From how many seconds before its end on a file is about to expire: with half the time
    /// over in which `carnet refresh` signs it anew, which is the last third of its period.
    func alarmSeconds(_ period: Int?) -> Int {
        let wanted = max(0, min(options.expiringWithinDays, 36500)) * 86400
        return period.map { min(wanted, $0 * 86400 / 6) } ?? wanted
    }

    /// `20 h`, `3 days`.
    static func span(_ seconds: Int) -> String {
        switch seconds {
        case ..<7200: counted(seconds / 60, "minute")
        case ..<172_800: "\(seconds / 3600) h"
        default: counted(seconds / 86400, "day")
        }
    }
}
