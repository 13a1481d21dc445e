// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoMetadata
import MetadataSigning

/// Recording a step that is not one command: ``start()``, then the work, then ``stop()``.
///
/// Between them the materials lie in `.STEP.KEYID8.link-unfinished` in the current folder,
/// signed by the key that must finish it.
extension StepRecording {
    /// What ``start()`` or ``stop()`` did.
    public struct Written: Sendable {
        public let link: Link
        /// The file that was written.
        public let path: String
        public let skipped: [SkippedPath]
    }

    /// Where the materials lie meanwhile.
    var unfinishedName: String { ".\(step).\(keyID.prefix).link-unfinished" }

    /// Whether a file holds the materials of this step, by whatever key.
    private func isUnfinished(_ name: String) -> Bool {
        let parts = [".\(step).", ".link-unfinished"].map(\.utf8)
        return name.utf8.count == parts[0].count + 8 + parts[1].count
            && name.utf8.starts(with: parts[0])
            && name.utf8.reversed().starts(with: parts[1].reversed())
    }

    /// Records the materials.
    ///
    /// - Throws: ``RecordingError``: `.alreadyStarted` if this key's recording of the step is
    ///   open (Python's in-toto begins it anew).
    public func start() throws(RecordingError) -> Written {
        let folder = try LinkFolder(options.unfinishedDirectory)
        let path = folder.path(of: unfinishedName)
        if folder.contains(unfinishedName) { throw .alreadyStarted(path: path) }
        try expectPresent(options.materials)
        let materials = try recorder.record(options.materials, keepingDigests: false)
        let link = Link(
            name: step, materials: materials.artifacts, products: Artifacts(), command: [],
            byproducts: .object([]), environment: try environment())
        try write(link, to: unfinishedName, in: folder, replacing: false)
        return Written(link: link, path: path, skipped: materials.skipped)
    }

    /// Records the products, writes the link and removes the unfinished one.
    ///
    /// - Throws: ``RecordingError``: `.notStarted`, `.startedWithAnotherKey`, `.tampered`,
    ///   `.anotherStep`.
    public func stop() throws(RecordingError) -> Written {
        let current = try LinkFolder(options.unfinishedDirectory)
        let folder = try LinkFolder(options.linkDirectory)
        let unfinished = try unfinishedLink(in: current)
        try expectPresent(options.products)
        let products = try recorder.record(options.products, keepingDigests: false)
        let link = Link(
            name: step, materials: unfinished.materials, products: products.artifacts,
            command: unfinished.command, byproducts: unfinished.byproducts,
            environment: unfinished.environment)
        let name = try write(link, in: folder, replacing: true)
        try current.remove(unfinishedName)
        return Written(link: link, path: folder.path(of: name), skipped: products.skipped)
    }

    /// The materials' link, if it is as this key left it.
    private func unfinishedLink(in folder: borrowing LinkFolder) throws(RecordingError) -> Link {
        let limits = JSONLimits()
        let path = folder.path(of: unfinishedName)
        guard
            let bytes = try folder.read(unfinishedName, maximumBytes: limits.maximumBytes)
        else {
            guard let other = folder.firstName(where: isUnfinished) else {
                throw .notStarted(path: path)
            }
            throw .startedWithAnotherKey(found: folder.path(of: other), expected: path)
        }
        let authority = Authority(
            [.init(signer.publicKey)], threshold: 1, at: options.moment)
        let link: Link
        do throws(SigningError) {
            let file = try InTotoFile(bytes, limits: limits)
            link = try file.verified(by: authority, decoding: Link.init).document
        } catch {
            throw .tampered(path: path, error)
        }
        guard link.name == step else {
            throw .anotherStep(path: path, found: link.name, expected: step)
        }
        return link
    }
}
