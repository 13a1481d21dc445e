// SPDX-License-Identifier: Apache-2.0
// `environ` is a variable of C; it is only read here.
@preconcurrency import Glibc

/// The variables a process starts with; a value, so that what a test sets stays with it.
package struct ProcessEnvironment: Sendable {
    /// Entries as the system has them, `NAME=value`, in bytes that need not be UTF-8.
    private(set) var entries: [[UInt8]]

    package init(_ variables: KeyValuePairs<String, String> = [:]) {
        entries = []
        for (name, value) in variables { self[name] = value }
    }

    /// That of this process, as it is now.
    package static var current: ProcessEnvironment {
        var result = ProcessEnvironment()
        var position = environ
        while let entry = position.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry, count: strlen(entry))
            result.entries.append(Array(bytes))
            position += 1
        }
        return result
    }

    /// The value of a variable; `nil` if it is not set or is no UTF-8. A NUL, which no variable
    /// can hold, is left out of what is set.
    package subscript(_ name: String) -> String? {
        get {
            let start = Array(name.utf8) + [UInt8(ascii: "=")]
            guard let entry = entries.first(where: { $0.starts(with: start) }) else { return nil }
            return String(validating: entry.dropFirst(start.count), as: UTF8.self)
        }
        set {
            let start = Array(name.utf8) + [UInt8(ascii: "=")]
            entries.removeAll { $0.starts(with: start) }
            guard let newValue else { return }
            entries.append(start + newValue.utf8.filter { $0 != 0 })
        }
    }

    /// The value, if it is set and not empty.
    func value(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}
