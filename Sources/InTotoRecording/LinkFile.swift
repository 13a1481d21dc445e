// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

/// In which form a link's file is written.
public enum LinkContainer: Sendable {
    /// The older form, `{"signatures": […], "signed": {…}}`.
    case metablock
    /// A DSSE envelope (ITE-5).
    case envelope
}

/// A link, signed under both ids of its functionary's key, on its way into a file.
///
/// What is signed is in memory once, and no more than that: the file is written from the link.
struct LinkFile {
    private let link: Link
    private let container: LinkContainer
    /// The entries of `signatures`.
    private let entries: [JSON]
    /// The id that names the file: of the key, or of the subkey that gpg signed with.
    let signerID: KeyID
    /// The payload of an envelope.
    private let message: [UInt8]
    private let payloadStart: Int

    /// Signs a link.
    ///
    /// - Throws: `.signing`.
    init(
        _ link: Link, in container: LinkContainer, by signer: any Signer
    ) throws(RecordingError) {
        self.link = link
        self.container = container
        var message: [UInt8]
        var payloadStart = 0
        switch container {
        case .metablock: message = link.canonicalBytes()
        case .envelope:
            let payloadBytes = link.compactByteCount()
            message = Envelope.messageHead(
                payloadType: InTotoFile.payloadType, payloadBytes: payloadBytes)
            payloadStart = message.count
            message.reserveCapacity(payloadStart + payloadBytes + 1)
            link.write(.compact, to: &message) { _ in }
        }
        do throws(SigningError) {
            (entries, signerID) = try LinkFile.entries(over: message, in: container, by: signer)
        } catch {
            throw .signing(error)
        }
        self.message = container == .envelope ? message : []
        self.payloadStart = payloadStart
    }

    private static func entries(
        over message: [UInt8], in container: LinkContainer, by signer: any Signer
    ) throws(SigningError) -> (entries: [JSON], signerID: KeyID) {
        let key = signer.publicKey
        if key.isOpenPGP, container == .metablock {
            let signature = try signer.signature(over: message, as: key.keyID)
            return ([signature.json], signature.keyID)
        }
        let value = try signer.sign(message)
        let text = container == .metablock ? hex(value) : base64(value)
        // Python's in-toto looks for one, in-toto in Go for the other.
        let ids = key.keyID == key.legacyKeyID ? [key.keyID] : [key.keyID, key.legacyKeyID]
        let entries = ids.map { id -> JSON in ["keyid": .string(id.text), "sig": .text(text)] }
        return (entries, key.keyID)
    }

    /// Writes the file.
    func write(to output: inout FileOutput) throws(RecordingError) {
        switch container {
        case .metablock: try writeMetablock(to: &output)
        case .envelope: try writeEnvelope(to: &output)
        }
    }

    private func writeMetablock(to output: inout FileOutput) throws(RecordingError) {
        output.pending.append(UInt8(ascii: "{"))
        JSON.breakLine(.indented, 1, &output.pending)
        try output.append("\"signatures\": ".utf8)
        JSON.array(entries).write(.indented, 1, to: &output.pending)
        output.pending.append(UInt8(ascii: ","))
        JSON.breakLine(.indented, 1, &output.pending)
        try output.append("\"signed\": ".utf8)
        var pending: [UInt8] = []
        swap(&pending, &output.pending)
        try link.write(.indented, depth: 1, to: &pending) { piece throws(RecordingError) in
            swap(&piece, &output.pending)
            try output.flush()
            swap(&piece, &output.pending)
        }
        swap(&pending, &output.pending)
        try output.append("\n}\n".utf8)
    }

    private func writeEnvelope(to output: inout FileOutput) throws(RecordingError) {
        try output.append("{\"payload\":\"".utf8)
        // A multiple of three bytes at a time, so that the pieces of base64 fit together.
        let pieceBytes = 48 << 10
        var start = payloadStart
        while start < message.count {
            let end = min(message.count, start + pieceBytes)
            try output.append(base64(Array(message[start..<end])).utf8)
            start = end
        }
        try output.append("\",\"payloadType\":".utf8)
        JSON.string(InTotoFile.payloadType).write(.compact, 0, to: &output.pending)
        try output.append(",\"signatures\":".utf8)
        JSON.array(entries).write(.compact, 0, to: &output.pending)
        try output.append("}".utf8)
    }
}
