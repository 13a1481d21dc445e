// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// A step's links by the ids of their keys, in the order of the layout.
struct StepLinks {
    struct Entry {
        let keyID: UTF8Text
        let document: ToolDocument
    }

    private(set) var entries: [Entry] = []

    /// Adds a link; one of the same id before it gives up its place to it.
    mutating func set(_ keyID: UTF8Text, _ document: ToolDocument) {
        let entry = Entry(keyID: keyID, document: document)
        if let index = entries.firstIndex(where: { $0.keyID == keyID }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
    }
}

/// Finds the files of links as python's `load_links_for_layout` does.
struct LinkFiles {
    let folder: String
    let now: Instant
    var certificates: CertificatePolicy?

    /// `<step>.<first eight characters of the key id>.link`.
    static func name(step: PythonValue, keyID: UTF8Text) -> String {
        "\(step.str).\(prefix(keyID)).link"
    }

    /// `<step>.<first eight characters of the key id>`.
    static func folderName(step: PythonValue, keyID: UTF8Text) -> String {
        "\(step.str).\(prefix(keyID))"
    }

    private static func prefix(_ keyID: UTF8Text) -> String {
        var result = ""
        for scalar in keyID.string.unicodeScalars.prefix(8) {
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// The links of all steps; files that are not there or cannot be opened are passed over.
    ///
    /// - Throws: `LinkNotFoundError` for fewer than the threshold; what ``ToolDocument`` throws for
    ///   a file of an authorized key; `Refused` for a step whose name leads out of the folder.
    func links(for layout: LayoutDocument) throws(ToolError) -> [StepLinks] {
        var result: [StepLinks] = []
        for step in layout.steps {
            var links = StepLinks()
            for keyID in step.pubkeys {
                for id in [keyID] + (try subkeys(of: layout.keys[keyID])) {
                    if let document = try document(step, id) { links.set(id, document) }
                }
            }
            let mayHaveMore = certificates?.applies(to: step) ?? false
            guard links.entries.count >= step.threshold || mayHaveMore else {
                throw ToolError(
                    .linkNotFoundError,
                    "Step '\(step.item.name.str)' requires '\(step.threshold)' link metadata "
                        + "file(s), found '\(links.entries.count)'.")
            }
            result.append(links)
        }
        return result
    }

    /// Links of a step that certificates stand for, besides those that were found.
    func certified(_ step: StepDocument, besides found: StepLinks) throws(ToolError) -> StepLinks {
        guard let certificates, certificates.applies(to: step), !step.item.name.str.contains("/")
        else { return StepLinks() }
        var links = StepLinks()
        let start = "\(step.item.name.str)."
        for name in ToolFile.names(in: folder) {
            guard name.utf8.starts(with: start.utf8), name.hasSuffix(".link"),
                name.utf8.count == start.utf8.count + 13
            else { continue }
            let prefix = String(name.dropFirst(start.count).prefix(8))
            guard !found.entries.contains(where: { $0.keyID.utf8.starts(with: prefix.utf8) }),
                let bytes = try? ToolFile.read(ToolFile.joined(folder, name)),
                let document = try? ToolDocument(bytes, at: now),
                let id = try certificates.signer(of: document, for: step, prefix: prefix)
            else { continue }
            links.set(id, document)
        }
        return links
    }

    private func subkeys(of key: PythonValue?) throws(ToolError) -> [UTF8Text] {
        guard let subkeys = key?["subkeys"] else { return [] }
        guard let members = subkeys.members else {
            throw ToolError(.attributeError, "object has no attribute 'keys'")
        }
        return members.compactMap(\.key.text)
    }

    private func document(
        _ step: StepDocument, _ keyID: UTF8Text
    ) throws(ToolError) -> ToolDocument? {
        let name = LinkFiles.name(step: step.item.name, keyID: keyID)
        if ToolFile.escapes(name) {
            throw ToolError(
                .refused, "\(quoted(name)): a step's name must not lead out of the folder of links")
        }
        let bytes: [UInt8]
        do throws(ToolError) {
            bytes = try ToolFile.read(ToolFile.joined(folder, name))
        } catch {
            if error.isOSError { return nil }
            throw error
        }
        return try ToolDocument(bytes, at: now)
    }
}
