// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

extension JSON {
    /// Sets the member at a path of names, making the objects on the way; `nil` removes it.
    package mutating func put(_ value: JSON?, at path: UTF8Text...) {
        put(value, at: path[...])
    }

    private mutating func put(_ value: JSON?, at path: ArraySlice<UTF8Text>) {
        guard let name = path.first else { preconditionFailure("a path has a name") }
        if path.count == 1 { return set(name, value) }
        var inner = self[name] ?? [:]
        inner.put(value, at: path.dropFirst())
        set(name, inner)
    }

    /// Changes the elements of the array that is the member of this name.
    package mutating func changeElements(of name: UTF8Text, _ change: (inout [JSON]) -> Void) {
        var elements = self[name]?.elements ?? []
        change(&elements)
        set(name, .array(elements))
    }
}
