// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import HTTPTransport
import Releases
import TUFClient

/// Bounds on what a server may send and how slow it may be; all have defaults.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "Change a bound on what a server may do; carnet limits shows them all.",
            valueName: "name=number"))
    var changes: [String] = []

    /// Every bound by its name, with what it means.
    private static var all: [(name: String, bound: Bound, meaning: String)] {
        [
            ("root-bytes", .client(\.rootBytes), "length of a root file"),
            ("timestamp-bytes", .client(\.timestampBytes), "length of timestamp.json"),
            (
                "snapshot-bytes", .client(\.snapshotBytes),
                "length of snapshot.json, where the timestamp gives none"
            ),
            (
                "targets-bytes", .client(\.targetsBytes),
                "length of a targets file, where the snapshot gives none"
            ),
            (
                "metadata-bytes", .client(\.anyMetadataBytes),
                "length of a metadata file, even where one is given"
            ),
            ("json-depth", .client(\.json.maximumDepth), "levels of one metadata file"),
            ("json-values", .client(\.json.maximumValues), "values of one metadata file"),
            ("root-versions", .client(\.rootVersions), "new root versions in one refresh"),
            ("rotations", .client(\.rotationsPerRole), "rotation files of one role (TAP 8)"),
            ("rotation-bytes", .client(\.rotationBytes), "length of a rotation file"),
            ("roles", .client(\.rolesPerSearch), "roles visited in the search for one file"),
            ("listed-roles", .client(\.rolesPerList), "roles loaded to list a repository"),
            ("layout-bytes", .evidence(\.layoutBytes), "length of a layout"),
            ("link-bytes", .evidence(\.linkBytes), "length of a link"),
            ("evidence-bytes", .evidence(\.evidenceBytes), "length of all links of one file"),
            ("key-bytes", .evidence(\.keyBytes), "length of a public key file"),
            ("links", .evidence(\.links), "links of one file"),
            ("connect-seconds", .transport(\.connectSeconds), "until a connection stands"),
            (
                "slow-bytes", .transport(\.minimumBytesPerSecond),
                "bytes a second below which a download is slow; 0 allows any pace"
            ),
            ("slow-seconds", .transport(\.slowSeconds), "that a download may be slow on end"),
            ("metadata-seconds", .seconds(\.fetchSeconds), "for one metadata file in all"),
            (
                "download-seconds", .seconds(\.streamSeconds),
                "for one download in all; none by default"
            ),
            ("header-bytes", .transport(\.maximumHeaderBytes), "headers of one answer"),
            ("retries", .transport(\.retries), "repetitions after a broken connection"),
            ("pause-seconds", .transport(\.maximumPauseSeconds), "the longest pause before one"),
            ("redirects", .transport(\.maximumRedirects), "redirects followed for one file"),
            ("connections", .transport(\.parallelTransfers), "transfers at the same time"),
        ]
    }

    private enum Bound {
        case client(WritableKeyPath<ClientLimits, Int>)
        case evidence(WritableKeyPath<ReleaseVerifier.Limits, Int>)
        case transport(WritableKeyPath<TransportLimits, Int>)
        case seconds(WritableKeyPath<TransportLimits, Int?>)
    }

    /// - Throws: ``CommandFailure`` for an unknown name or what is no number.
    func apply(
        _ client: inout ClientLimits, _ evidence: inout ReleaseVerifier.Limits,
        _ transport: inout TransportLimits
    ) throws {
        for change in changes {
            let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let bound = LimitOptions.bound(parts[0]),
                let value = Int(parts[1]), (0...1 << 40).contains(value)
            else {
                throw CommandFailure(
                    "--limit \(quoted(change)) found, NAME=NUMBER expected",
                    hint: "carnet limits shows the names and what they bound")
            }
            switch bound {
            case .client(let path): client[keyPath: path] = value
            case .evidence(let path): evidence[keyPath: path] = value
            case .transport(let path): transport[keyPath: path] = value
            case .seconds(let path): transport[keyPath: path] = value
            }
        }
    }

    private static func bound(_ name: String) -> Bound? {
        all.first { $0.name.utf8.elementsEqual(name.utf8) }?.bound
    }

    static var table: String {
        let width = all.map(\.name.count).max() ?? 0
        let rows = all.map { name, bound, meaning in
            let value = LimitOptions.value(bound).map(String.init) ?? "none"
            let gap = String(repeating: " ", count: width - name.count)
            let room = String(repeating: " ", count: max(0, 10 - value.count))
            return "\(name)\(gap)  \(room)\(value)  \(meaning)"
        }
        return rows.joined(separator: "\n")
    }

    private static func value(_ bound: Bound) -> Int? {
        switch bound {
        case .client(let path): ClientLimits()[keyPath: path]
        case .evidence(let path): ReleaseVerifier.Limits()[keyPath: path]
        case .transport(let path): TransportLimits()[keyPath: path]
        case .seconds(let path): TransportLimits()[keyPath: path]
        }
    }
}

struct Limits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Show the bounds on what a server may do, for --limit NAME=NUMBER.")

    func run() throws { Output.result(LimitOptions.table) }
}
