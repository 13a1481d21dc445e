// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning
public import TUFMetadata

/// What the `custom` of a layout's target says of it (rule 2).
///
/// ```json
/// {"in-toto": ["in-toto-pubkeys/<keyid>.pub", …],
///  "carnet": {"threshold": 2, "applies-to": ["demo/{version}/demo-{version}-*.whl"],
///             "product-of": "wheel", "names": {"<keyid>": "alice"}, "revoked": […]}}
/// ```
public struct LayoutTarget: Sendable {
    /// Folder of layouts and links among the targets (ITE-2).
    public static let folder = "in-toto-metadata"
    /// Folder of the keys that sign layouts (ITE-2).
    public static let keyFolder = "in-toto-pubkeys"
    /// Both.
    public static let folders = [folder, keyFolder]

    public let file: TargetFile
    /// Target files of the public keys that may sign it.
    public let keys: [TargetPath]
    /// How many different ones must have signed it: all of them if it is not said.
    public let threshold: Int
    /// The paths it governs; empty in a plain ITE-2 repository.
    public let appliesTo: [PathTemplate]
    /// The step whose product the file is; `nil` for the last one.
    public let productOf: UTF8Text?
    /// Names of people and machines by key id.
    public let names: [KeyID: String]
    /// Functionaries who are none any more.
    public let revoked: [Revocation]

    /// The layout's name: its file name without `.layout`.
    public var name: String {
        let fileName = file.path.fileName
        return fileName.hasSuffix(".layout") ? String(fileName.dropLast(7)) : fileName
    }

    /// Reads the `custom` of a target that is a layout.
    ///
    /// - Throws: `JSONError` if it names no keys, or a member is malformed.
    public init(_ file: TargetFile) throws(JSONError) {
        self.file = file
        let custom = file.custom ?? .object([])
        keys = try LayoutTarget.paths(custom["in-toto"], in: file.path)
        guard !keys.isEmpty else { throw .missing(path: "\(file.path): custom.in-toto") }
        let carnet = custom["carnet"] ?? .object([])
        guard carnet.members != nil else {
            throw LayoutTarget.mismatch(file, "", "an object")
        }
        let wanted = carnet["threshold"]
        threshold = wanted?.integer ?? keys.count
        guard threshold >= 1, wanted == nil || wanted?.integer != nil else {
            throw LayoutTarget.mismatch(file, ".threshold", "an integer from 1 up")
        }
        var templates: [PathTemplate] = []
        // A list that cannot be read must not become one that governs nothing.
        guard let listed = (carnet["applies-to"] ?? []).elements else {
            throw LayoutTarget.mismatch(file, ".applies-to", "a list of paths with {names}")
        }
        for element in listed {
            guard let text = element.text, let template = PathTemplate(text) else {
                throw .mismatch(
                    path: "\(file.path): custom.carnet.applies-to",
                    found: element.text.map { quoted($0) } ?? "no text",
                    expected: "a path with {names}")
            }
            templates.append(template)
        }
        appliesTo = templates
        productOf = carnet["product-of"]?.text
        guard productOf != nil || carnet["product-of"] == nil else {
            throw LayoutTarget.mismatch(file, ".product-of", "the name of a step")
        }
        guard let listedNames = (carnet["names"] ?? [:]).members else {
            throw LayoutTarget.mismatch(file, ".names", "an object of names by key id")
        }
        var names: [KeyID: String] = [:]
        for member in listedNames {
            guard let name = member.value.text else {
                throw LayoutTarget.mismatch(file, ".names", "an object of names by key id")
            }
            names[KeyID(member.key)] = name.string
        }
        self.names = names
        revoked = try Revocation.list(
            carnet["revoked"] ?? [], at: "\(file.path): custom.carnet.revoked")
    }

    private static func mismatch(
        _ file: TargetFile, _ member: String, _ expected: String
    ) -> JSONError {
        .mismatch(
            path: "\(file.path): custom.carnet\(member)", found: "another value",
            expected: expected)
    }

    /// The files that a release names as its evidence (rule 3, ITE-2): a layout and links.
    static func paths(_ json: JSON?, in path: TargetPath) throws(JSONError) -> [TargetPath] {
        guard let json else { return [] }
        var paths: [TargetPath] = []
        for element in json.elements ?? [.null] {
            guard let text = element.text, let target = TargetPath(text) else {
                throw .mismatch(
                    path: "\(path): custom.in-toto", found: "another value",
                    expected: "a list of target paths")
            }
            paths.append(target)
        }
        return paths
    }

    /// How the layout governs `path`: the first template that fits, or that fits in two ways.
    public func fit(_ path: TargetPath) -> PathTemplate.Fit {
        for template in appliesTo {
            let fit = template.fit(path)
            if fit != .none { return fit }
        }
        return .none
    }

    /// The `custom` of a layout's target.
    public static func custom(
        keys: [TargetPath], threshold: Int, appliesTo: [UTF8Text], productOf: UTF8Text,
        names: [(KeyID, String)], revoked: [Revocation] = []
    ) -> JSON {
        var carnet: JSON = [
            "threshold": .integer(threshold),
            "applies-to": .array(appliesTo.map(JSON.string)),
            "product-of": .string(productOf),
            "names": .object(names.map { JSON.Member($0.0.text, .text($0.1)) }),
        ]
        if !revoked.isEmpty { carnet.set("revoked", .array(revoked.map(\.json))) }
        return ["in-toto": .array(keys.map { .string($0.text) }), "carnet": carnet]
    }
}
