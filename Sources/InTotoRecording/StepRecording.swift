// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
import Glibc
public import InTotoMetadata
public import MetadataSigning

/// Records a step of a supply chain: what was there before, the command, what was there after,
/// in a link that one functionary signs (in-toto 1.0 §4.4).
///
/// The link is of the older form, `{"signatures": […], "signed": {…}}`, and has the signature
/// under both key ids in use, so that in-toto in Python and in Go find it.
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
        /// Write a link even if the command failed, as Python's in-toto does.
        public var writesLinkOnFailure = false

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
        let materials = try recorder.record(options.materials)
        var result: CommandResult?
        if !command.isEmpty { result = try StepRunner(options.command).run(command) }
        let status = result?.status ?? 0
        if status != 0, !options.writesLinkOnFailure {
            return Outcome(link: nil, path: nil, status: status, skipped: materials.skipped)
        }
        try expectPresent(options.products)
        let products = try recorder.record(
            options.products, known: options.rehash ? nil : materials.known)
        let link = Link(
            name: step, materials: materials.artifacts, products: products.artifacts,
            command: command.map { UTF8Text($0) }, byproducts: result?.byproducts ?? .object([]))
        let name = Link.fileName(step: step, keyID: keyID)
        try folder.write(try sign(link), to: name, replacing: true)
        return Outcome(
            link: link, path: folder.path(of: name), status: status,
            skipped: materials.skipped + products.skipped)
    }

    /// - Throws: `.nothingThere` for a path that must be there and is not.
    func expectPresent(_ paths: [String]) throws(RecordingError) {
        guard options.requiresPaths else { return }
        for path in paths {
            let named = path.hasPrefix("file:") ? String(path.dropFirst(5)) : path
            let base = options.artifacts.basePath ?? ""
            let isWhole = named.hasPrefix("/") || base.isEmpty
            if access(isWhole ? named : "\(base)/\(named)", F_OK) != 0 {
                throw .nothingThere(path: path)
            }
        }
    }

    /// The file of a link, signed under both key ids.
    func sign(_ link: Link) throws(RecordingError) -> [UInt8] {
        let signer = OnceSigned(signer)
        let ids = [keyID, signer.publicKey.legacyKeyID]
        do throws(SigningError) {
            return try SignedFile.bytes(
                signing: link.json, with: ids.map { ($0, signer) }, indented: true)
        } catch {
            throw .signing(error)
        }
    }
}
