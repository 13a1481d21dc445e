// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import MetadataSigning

/// Why a layout is no policy to verify anything by, though whoever had to sign it did.
public enum LayoutFault: Equatable, Sendable {
    /// Python's in-toto would check other bytes than the file's: see `Layout.deviation`.
    case deviates(String)
    case noSteps
    /// A name that may leave the folder of the links.
    case unsafeStepName(UTF8Text)
    /// A threshold below 1.
    case threshold(step: UTF8Text, found: Int)
    /// A listed key's id that is not made of hexadecimal digits.
    case malformedKeyID(KeyID)
    /// A functionary's key that is malformed or of an unknown type.
    case unusableKey(KeyID)
    /// A key object that names another id than the one it is listed under.
    case mislabelledKey(listed: KeyID, named: UTF8Text)
    /// A functionary whose key the layout does not list, or lists as an OpenPGP key.
    case unlistedKey(step: UTF8Text, keyID: KeyID)
    /// Two functionaries of one step whose links would have one name.
    case ambiguousKeyIDs(step: UTF8Text, KeyID, KeyID)
    /// Fewer different keys may do the step than its threshold asks for.
    case tooFewKeys(step: UTF8Text, found: Int, threshold: Int)
    /// The step that must have made the product is none of the layout's.
    case unknownProductStep(UTF8Text)
    /// No rule of the layout says anything about what the step made.
    case unruledProduct(step: UTF8Text)
}

extension LayoutFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .deviates(let words): words
        case .noSteps: "no step found, at least one expected"
        case .unsafeStepName(let name):
            "step name \(quoted(name)) found, letters, digits, '.', '_', '+' and '-' expected"
        case .threshold(let step, let found):
            "step \(shown(step)): threshold \(found) found, 1 or more expected"
        case .malformedKeyID(let keyID):
            "key id \(quoted(keyID.text)) found, at least 8 hexadecimal digits expected"
        case .unusableKey(let keyID): "key \(keyID.prefix) cannot be used"
        case .mislabelledKey(let listed, let named):
            "key \(listed.prefix) names itself \(quoted(named))"
        case .unlistedKey(let step, let keyID):
            "step \(shown(step)): key \(keyID.prefix) is not among the layout's usable keys"
        case .ambiguousKeyIDs(let step, let first, let second):
            "step \(shown(step)): keys \(quoted(first.text)) and \(quoted(second.text))"
                + " share the name of a link"
        case .tooFewKeys(let step, let found, let threshold):
            "step \(shown(step)): \(found) different \(found == 1 ? "key" : "keys") found, "
                + "\(threshold) needed"
        case .unknownProductStep(let step): "no step \(quoted(step)) to have made the product"
        case .unruledProduct(let step):
            "no rule for the products of step \(shown(step)), at least one expected"
        }
    }
}
