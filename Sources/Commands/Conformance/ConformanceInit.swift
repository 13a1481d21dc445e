// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import RepositoryStorage
import TUFClient
import TUFMetadata

struct ConformanceInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Trust a root file, and nothing that was trusted before.",
        discussion: """
            The root must be signed by its own keys; otherwise nothing is changed. No request is \
            made.
            """)

    @Argument(help: "The root to trust.")
    var trustedRoot: String

    @OptionGroup var options: ConformanceOptions

    func run() async throws {
        try await conforming {
            let directory = try options.required(\.metadataDirectory, "--metadata-dir")
            guard let bytes = try FileSystem.read(trustedRoot, maximumBytes: rootLimit) else {
                throw CommandFailure("\(trustedRoot): no such file")
            }
            _ = try RootState(trusting: bytes)
            let store = try ConformanceClient.store(in: directory)
            // First of all: a crash then leaves files that the new root does not vouch for, and
            // these are of no use to anybody.
            try store.save(bytes, as: .root)
            for role in [RoleName.timestamp, .snapshot, .targets] { try store.remove(role) }
            try forgetDelegatedRoles(in: directory)
        }
    }

    private var rootLimit: Int { ClientLimits().rootBytes }

    /// Removes the metadata of all other roles, whatever they are called, and rotations of their
    /// keys (TAP 8). Files that are none stay: the folder may be somebody's.
    private func forgetDelegatedRoles(in directory: String) throws {
        for name in try FileSystem.names(in: directory) {
            let path = "\(directory)/\(name)"
            guard name.utf8.suffix(5).elementsEqual(".json".utf8),
                name != RoleName.root.fileName(),
                let bytes = try? FileSystem.read(path, maximumBytes: 256 << 20),
                isMetadata(bytes)
            else { continue }
            try FileSystem.remove(path)
        }
        try FileSystem.synchronize(directory: directory)
    }

    private func isMetadata(_ bytes: [UInt8]) -> Bool {
        guard let signed = try? SignedFile(bytes).signed.object(),
            let type = try? signed["_type"]?.text()
        else { return false }
        return RoleName(type).isTopLevel || type == "rotate"
    }
}
