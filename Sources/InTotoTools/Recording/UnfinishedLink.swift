// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import KeyAccess
import MetadataSigning

/// A link in two parts, as python's `in_toto_record_start` and `in_toto_record_stop` write it.
struct UnfinishedLink {
    let name: String
    let artifacts: ToolRecorder.Options
    let signer: ToolSigner
    let now: Instant
    let log: ToolLog

    private func fileName(_ keyID: UTF8Text) throws(ToolError) -> String {
        let link = LinkFiles.name(step: .string(UTF8Text(name)), keyID: keyID)
        return try StepLink.path(".\(link)-unfinished", in: nil)
    }

    /// Records materials and leaves the unfinished link in the current folder.
    func start(_ paths: [String]?, asEnvelope: Bool) throws(ToolError) {
        log.info("Start recording '\(name)'...")
        let materials = try ToolRecorder(artifacts, log: log).record(paths).artifacts
        log.info("Creating preliminary link metadata...")
        let link = Link(
            name: UTF8Text(name), materials: materials, products: Artifacts(), command: [],
            byproducts: .object([]))
        let (bytes, keyID) = try LinkOutput.file(
            link.json, asEnvelope: asEnvelope, signer: signer)
        let path = try fileName(keyID ?? "")
        log.info("Storing preliminary link metadata to '\(path)'...")
        try ToolFile.write(bytes, to: path)
    }

    /// Adds products to the unfinished link of the same key, and writes the link.
    ///
    /// - Throws: `SignatureVerificationError`, `LinkNotFoundError`, `Refused` for a file that holds
    ///   a layout, and what recording and signing throw.
    func stop(_ paths: [String]?, directory: String?) throws(ToolError) {
        log.info("Stop recording '\(name)'...")
        let path = try unfinished()
        log.info("Loading preliminary link metadata '\(path)'...")
        let document = try ToolDocument(try ToolFile.read(path), at: now)
        let key = try key(for: document)
        try document.verify(by: key)
        guard case .link(let link) = try document.payload() else {
            throw ToolError(.refused, "\(quoted(path)): a layout, expected an unfinished link")
        }
        var json = try link.json()
        let products = try ToolRecorder(artifacts, log: log).record(paths).artifacts
        let recorded = Link(
            name: "", materials: Artifacts(), products: products, command: [],
            byproducts: .object([]))
        json.set("products", recorded.json["products"])
        let isEnvelope = if case .envelope = document.container { true } else { false }
        // Of gpg's keys the primary one signs and gives the name, as in python.
        let id = key["keyid"]?.text ?? ""
        let output = try LinkOutput.file(
            json, asEnvelope: isEnvelope, signer: signer.named(id))
        let file = try StepLink.path(
            LinkFiles.name(step: .string(UTF8Text(name)), keyID: id), in: directory)
        log.info("Storing link metadata to '\(file)'...")
        try ToolFile.write(output.bytes, to: file)
        log.info("Removing unfinished link metadata '\(path)'...")
        try ToolFile.remove(path)
    }

    /// The unfinished link's file.
    private func unfinished() throws(ToolError) -> String {
        guard case .key(let key) = signer else { return try onlyUnfinished() }
        return try fileName(key.publicKey.keyID.text)
    }

    /// The key that the unfinished link must be signed by.
    private func key(for document: ToolDocument) throws(ToolError) -> PythonValue {
        switch signer {
        case .key(let key): return ToolKey(key.publicKey).object ?? .null
        case .gpg(let signer):
            let id: String
            if let keyID = signer.keyID { id = keyID } else { id = try document.firstSignatureID() }
            return PythonValue(tree: try GPGSigner.publicKey(id, signer.homeDirectory).json)
        }
    }

    /// The one unfinished link of this step.
    private func onlyUnfinished() throws(ToolError) -> String {
        let names = ToolFile.names(in: ".").filter { file in
            file.hasPrefix(".\(name).") && file.hasSuffix(".link-unfinished")
        }
        guard let first = names.first else {
            throw ToolError(
                .linkNotFoundError,
                "Could not find a preliminary link for step '\(name)' in the current working "
                    + "directory.")
        }
        guard names.count == 1 else {
            throw ToolError(
                .linkNotFoundError,
                "Found more than one preliminary links for step '\(name)' in the current working "
                    + "directory: \(names.joined(separator: ", ")). We need exactly one to stop "
                    + "recording.")
        }
        return first
    }
}

extension ToolDocument {
    /// The id of the first signature's key.
    fileprivate func firstSignatureID() throws(ToolError) -> String {
        let id =
            switch container {
            case .metablock(let signatures, _): signatures.first?["keyid"]?.text
            case .envelope(let envelope): envelope.signatures.first?.keyID.text
            }
        guard let id else { throw ToolError(.indexError, "list index out of range") }
        return id.string
    }
}

extension ToolFile {
    /// The names in a folder, by their bytes.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // The name may be longer than the array that the type declares for it.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
            let start = UnsafeRawPointer(entry) + offset
            names.append(String(cString: start.assumingMemoryBound(to: CChar.self)))
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
