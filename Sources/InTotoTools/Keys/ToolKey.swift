// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON
package import MetadataSigning

/// A key that a layout or link must be signed with, as a key object of python's in-toto.
package struct ToolKey: Sendable {
    let id: UTF8Text
    /// `nil` for one that a layout should have and has not.
    let object: PythonValue?
    /// The same under the id that in-toto-golang gives it.
    private let legacyObject: PythonValue?

    init(id: UTF8Text, object: PythonValue?) {
        self.id = id
        self.object = object
        legacyObject = nil
    }

    /// A key of a file, under python's id for it.
    package init(_ key: PublicKey) {
        id = key.keyID.text
        var object = key.json
        object.set("keyid", .string(id))
        self.object = PythonValue(tree: object)
        object.set("keyid", .string(key.legacyKeyID.text))
        legacyObject = PythonValue(tree: object)
    }

    /// A key of gpg, as in the `keys` of a layout.
    package init(openPGP json: JSON) {
        id = json["keyid"]?.text ?? ""
        object = PythonValue(tree: json)
        legacyObject = nil
    }

    /// The key object for a document: under python's id unless there is a signature under the other
    /// one alone.
    func object(for document: ToolDocument) -> PythonValue {
        let object = object ?? .null
        guard let legacyObject, !document.hasSignature(under: object["keyid"]),
            document.hasSignature(under: legacyObject["keyid"])
        else { return object }
        return legacyObject
    }
}
