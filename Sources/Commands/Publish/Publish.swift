// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import MetadataSigning
import Mirroring
import Releases
import RepositoryStorage
import TUFClient
import TUFMetadata
import TUFRepository

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Bring a repository to where clients get it: a folder, a bucket, a registry.",
        discussion: """
            What is there already is not sent again. It is read as a client reads it, from the \
            first root on, before a byte is sent; whoever reads DEST sees the old state or the \
            new one, never a mixture. DEST never goes back: if it is newer than the folder, others \
            published to it, and carnet mirror sync DEST FOLDER brings the folder up to date.

            Examples:
              carnet publish /srv/www/demo
              carnet publish s3://bucket/demo --repository releases
              carnet publish oci://registry.example.org/demo --only-writer
            """)

    @Argument(help: "Where it is to be.")
    var destination: String

    @Option(help: "Folder of the repository.")
    var repository = "."

    @Option(help: ArgumentHelp("Transfers at the same time.", valueName: "number"))
    var connections = 16

    @Flag(
        name: .customLong("only-writer"),
        help: "No other process writes there: for a store without conditional writes.")
    var onlyWriter = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Network") var network: NetworkOptions

    func validate() throws {
        guard (1...1024).contains(connections) else {
            throw ValidationError("--connections \(connections): 1 to 1024 expected.")
        }
    }

    func run() async throws {
        let directory = RepositoryDirectory(repository)
        guard let first = try directory.firstRootVersion(),
            let root = try directory.metadata(RoleName.root.fileName(version: first))
        else {
            throw PublishingError.repository(.noRepository(path: repository))
        }
        let (transport, _, _) = try network.transport()
        let store = try await StorePlace(destination).store(
            transport, allowingHTTP: network.allowHTTP)
        let source = try StorePlace(repository).source(transport)
        let progress = json ? nil : MirrorProgressLine.onTerminal()
        defer { progress?.end() }
        let outcome = try await Interrupt.run {
            try await mirroring(keeping: store.place) { () throws(MirrorError) in
                try await MirrorSync(
                    source, into: store, options: options(progress), now: currentInstant()
                ).run(.root(root))
            }
        }
        progress?.end()
        try await expectSame(directory, store, outcome)
        if store.guarantees.isConditional {
            try pin(root, outcome).save(
                to: RemotePin.file(for: store.place, in: Home().state), place: store.place)
        }
        if json { return Output.result(outcome.json(store.place)) }
        Output.result(outcome.text(store.place))
    }

    /// Two states of one version may have come of one: a client keeps the one that it knows, and so
    /// does a mirror.
    private func expectSame(
        _ directory: RepositoryDirectory, _ store: any RepositoryStore, _ outcome: SyncOutcome
    ) async throws {
        let name = RoleName.timestamp.fileName()
        let published = try await mirroring { () throws(MirrorError) in
            do throws(RepositoryStoreError) {
                return try await store.read(
                    UTF8Text("metadata/\(name)"), maximumBytes: Publish.maximumBytes)
            } catch {
                throw .store(error)
            }
        }
        guard try published?.bytes != directory.metadata(name) else { return }
        throw CommandFailure(
            "\(store.place): another state than the folder's is published there, timestamp "
                + "\(outcome.timestamp); nothing was published",
            hint: "carnet mirror sync \(store.place) DIR makes a folder of what is there, to make "
                + "the change in anew", code: 1)
    }

    private static let maximumBytes = 512 << 20

    private func options(_ progress: MirrorProgressLine?) -> MirrorOptions {
        var options = MirrorOptions()
        options.connections = connections
        options.isOrigin = true
        options.isOnlyWriter = onlyWriter
        options.notice = { notice in
            progress?.end()
            Output.remark("\(notice)")
        }
        if let progress { options.progress = { progress.take($0) } }
        return options
    }

    /// So that this user can work in the store as well, and never on an older state of it.
    private func pin(_ root: [UInt8], _ outcome: SyncOutcome) -> RemotePin {
        RemotePin(
            fingerprint: DigestAlgorithm.sha256.hexDigest(of: root), timestamp: outcome.timestamp)
    }
}
