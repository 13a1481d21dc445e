// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning

/// Files as python's `Metadata.dump` writes them.
enum LinkOutput {
    /// A Metablock: one blank for each level, names sorted.
    static func metablock(_ signed: JSON, signatures: [JSON]) -> [UInt8] {
        PythonDump.indented(["signatures": .array(signatures), "signed": signed])
    }

    /// An envelope around a payload, on one line.
    static func envelope(_ payload: [UInt8], signatures: [JSON]) -> [UInt8] {
        PythonDump.plain([
            "payload": .text(base64(payload)),
            "payloadType": .string(ToolDocument.payloadType), "signatures": .array(signatures),
        ])
    }

    /// A file of a new link or layout.
    ///
    /// - Parameter signer: `nil` for one that is not signed.
    /// - Returns: the file, and the id of the key that signed it.
    static func file(
        _ signed: JSON, asEnvelope: Bool, signer: ToolSigner?
    ) throws(ToolError) -> (bytes: [UInt8], keyID: UTF8Text?) {
        if asEnvelope {
            let payload = PythonDump.plain(signed)
            let signature = try signer?.envelopeEntry(over: payload)
            return (
                envelope(payload, signatures: signature.map { [$0.entry] } ?? []),
                signature?.keyID
            )
        }
        let signature = try signer?.metablockEntry(over: signed.canonicalBytes())
        return (
            metablock(signed, signatures: signature.map { [$0.entry] } ?? []), signature?.keyID
        )
    }
}
