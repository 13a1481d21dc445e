// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import Glibc
public import InTotoMetadata
public import MetadataSigning

/// Records a step of a supply chain: what was there before, the command, what was there after,
/// in a link that one functionary signs (in-toto 1.0 §4.4).
///
/// The link has the signature under both key ids in use, so that in-toto in Python and in Go
/// find it.
public struct StepRecording: Sendable {
    public struct Options: Sendable {
        /// Files and folders whose digests are taken before.
        public var materials: [String] = []
        /// Files and folders whose digests are taken after.
        public var products: [String] = []
        public var artifacts = ArtifactRecorder.Options()
        public var command = StepRunner.Options()
        /// Folder that the link goes to; the current one unless told otherwise.
        public var linkDirectory = "."
        /// Folder that keeps the materials between ``StepRecording/start()`` and
        /// ``StepRecording/stop()``; the current one unless told otherwise, as in Python.
        public var unfinishedDirectory = "."
        /// Read every file again after the command, also those that provably are as before.
        public var rehash = false
        /// Refuse a path of ``materials`` or ``products`` where there is nothing; Python's in-toto
        /// passes it over, so that a slip of the pen signs an empty link.
        public var requiresPaths = false
        /// The form of the link's file.
        public var container = LinkContainer.metablock
        /// Record the working directory as the link's environment, as Python's in-toto does.
        public var recordsEnvironment = false
        /// Write a link even if the command failed, as Python's in-toto does.
        public var writesLinkOnFailure = false
        /// The moment for which a key of gpg must be valid; that of asking unless told otherwise.
        public var moment = Instant(seconds: time(nil))

        public init() {}
    }

    public let step: UTF8Text
    public let options: Options
    let signer: any Signer
    let keyID: KeyID
    let recorder: ArtifactRecorder

    /// Checks what can be checked before anything is done.
    ///
    /// - Throws: ``RecordingError``: `.stepName`, `.excludePattern`, `.overlappingPrefixes`,
    ///   `.containsNUL`.
    public init(
        step: UTF8Text, signer: any Signer, options: Options = Options()
    ) throws(RecordingError) {
        guard Step.isSafe(name: step) else { throw .stepName(step) }
        self.step = step
        self.signer = signer
        self.options = options
        keyID = signer.publicKey.keyID
        recorder = try ArtifactRecorder(options.artifacts)
    }

    /// What ``run(_:)`` did.
    public struct Outcome: Sendable {
        /// The link and where it was written; `nil` if the command failed.
        public let link: Link?
        public let path: String?
        /// 0, or what the failed command would have given a shell.
        public let status: Int32
        /// Paths of materials and products that were passed over.
        public let skipped: [SkippedPath]
    }

    /// Records a step that is one command.
    ///
    /// 1. The link's folder is opened.
    /// 2. Materials are recorded.
    /// 3. The command runs.
    /// 4. Products are recorded, without reading files that were not touched.
    /// 5. The link is signed and written.
    ///
    /// - Parameter command: empty for a step without a command.
    /// - Throws: ``RecordingError``; no link is left then.
    public func run(_ command: [String]) throws(RecordingError) -> Outcome {
        let folder = try LinkFolder(options.linkDirectory)
        try expectPresent(options.materials)
        let keepsDigests = !options.rehash
        let (materials, skipped, known) = parts(
            of: try recorder.record(options.materials, keepingDigests: keepsDigests))
        var result: CommandResult?
        if !command.isEmpty { result = try StepRunner(options.command).run(command) }
        let status = result?.status ?? 0
        if status != 0, !options.writesLinkOnFailure {
            return Outcome(link: nil, path: nil, status: status, skipped: skipped)
        }
        try expectPresent(options.products)
        let products = try recorder.record(
            options.products, known: keepsDigests ? known : nil, keepingDigests: false)
        let link = Link(
            name: step, materials: materials, products: products.artifacts,
            command: command.map { UTF8Text($0) }, byproducts: result?.byproducts ?? .object([]),
            environment: try environment())
        let name = try write(link, in: folder, replacing: true)
        return Outcome(
            link: link, path: folder.path(of: name), status: status,
            skipped: skipped + products.skipped)
    }

    /// Taken apart, each part lives only as long as it is needed: what is known may be as large
    /// as the link.
    private func parts(
        of recording: ArtifactRecorder.Recording
    ) -> (Artifacts, [SkippedPath], KnownDigests) {
        (recording.artifacts, recording.skipped, recording.known)
    }

    /// What a link says of where its step was done.
    ///
    /// - Throws: `.unreadable`, if the working directory has no path.
    func environment() throws(RecordingError) -> JSON {
        guard options.recordsEnvironment else { return .object([]) }
        guard let path = getcwd(nil, 0) else { throw .unreadable(path: ".", .latest) }
        defer { free(path) }
        let name = String(cString: path).utf8.map {
            $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0
        }
        return ["workdir": .text(String(decoding: name, as: UTF8.self))]
    }

    /// - Throws: `.nothingThere` for a path that must be there and is not.
    func expectPresent(_ paths: [String]) throws(RecordingError) {
        guard options.requiresPaths else { return }
        for path in paths {
            // A folder that is one artifact is looked for by the recorder, which wants one.
            if path.utf8.starts(with: "dir:".utf8) { continue }
            let isURI = path.utf8.starts(with: "file:".utf8)
            let named = isURI ? String(path.dropFirst("file:".count)) : path
            let base = options.artifacts.basePath ?? ""
            let isWhole = named.hasPrefix("/") || base.isEmpty
            if access(isWhole ? named : "\(base)/\(named)", F_OK) != 0 {
                throw .nothingThere(path: path)
            }
        }
    }

    /// Signs a link under both key ids and writes its file.
    ///
    /// - Parameter name: of the file; `nil` for the one that links of this key have.
    /// - Returns: the name.
    @discardableResult
    func write(
        _ link: Link, to name: String? = nil, in folder: borrowing LinkFolder, replacing: Bool
    ) throws(RecordingError) -> String {
        let file = try LinkFile(link, in: options.container, by: signer)
        // gpg may sign with a subkey, whose id names the file then.
        let name = name ?? Link.fileName(step: step, keyID: file.signerID)
        try folder.write(to: name, replacing: replacing) { output throws(RecordingError) in
            try file.write(to: &output)
        }
        return name
    }
}
