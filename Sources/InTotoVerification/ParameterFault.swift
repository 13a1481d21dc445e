// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// Why a layout's parameters cannot be filled in.
public enum ParameterFault: Equatable, Sendable {
    /// A name that is not made of letters, digits, `_` and `-`, or is a number.
    case name(UTF8Text)
    /// A value that is empty or not made of letters, digits and `._+-`.
    case value(name: UTF8Text, UTF8Text)
    /// The layout asks for a parameter that was not given.
    case missing(UTF8Text, in: UTF8Text)
    /// Braces that are neither `{name}` nor doubled.
    case syntax(UTF8Text)
}

extension ParameterFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name):
            "parameter \(quoted(name)): letters, digits, '_' and '-' expected"
        case .value(let name, let value):
            "parameter \(shown(name)): \(quoted(value)) found, "
                + "letters, digits, '.', '_', '+' and '-' expected"
        case .missing(let name, let text):
            "parameter \(shown(name)) not given, needed for \(quoted(text))"
        case .syntax(let text): "\(quoted(text)) found, {name}, {{ or }} expected"
        }
    }
}
