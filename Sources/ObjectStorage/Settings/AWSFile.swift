// SPDX-License-Identifier: Apache-2.0

/// `~/.aws/config` or `~/.aws/credentials`: sections with settings, some of which have settings of
/// their own in indented lines.
package struct AWSFile: Sendable {
    /// Longer files are refused.
    static let maximumBytes = 1 << 20

    /// By section and then by name; `s3.addressing_style` for one below `s3 =`.
    private var sections: [String: [String: String]] = [:]

    package init() {}

    /// - Parameter path: for errors.
    package init(_ bytes: [UInt8], path: String) throws(S3SettingsError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .fileMalformed(path: path, line: 1)
        }
        var section: String?
        var parent = ""
        // A line ends with \n or \r\n, which is one character.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let isIndented = line.first.map { $0 == " " || $0 == "\t" } ?? false
            let words = trimmed(line)
            if words.isEmpty || words.hasPrefix("#") || words.hasPrefix(";") { continue }
            if words.hasPrefix("["), words.hasSuffix("]") {
                let name = trimmed(words.dropFirst().dropLast())
                section = name.split(separator: " ").joined(separator: " ")
                parent = ""
                sections[section ?? "", default: [:]].merge([:]) { old, _ in old }
                continue
            }
            guard let section, let equals = words.firstIndex(of: "=") else {
                throw .fileMalformed(path: path, line: number + 1)
            }
            let name = trimmed(words[..<equals]).lowercased()
            let value = withoutComment(trimmed(words[words.index(after: equals)...]))
            if isIndented, !parent.isEmpty {
                sections[section]?["\(parent).\(name)"] = value
            } else {
                parent = value.isEmpty ? name : ""
                sections[section]?[name] = value
            }
        }
    }

    func settings(of section: String) -> [String: String]? { sections[section] }
}

private func trimmed(_ text: some StringProtocol) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    let start = text.drop(while: isBlank)
    return String(start.prefix(start.count - start.reversed().prefix(while: isBlank).count))
}

/// A comment begins with a blank before its sign: a secret may have the sign itself in it.
private func withoutComment(_ value: String) -> String {
    var last: Character = " "
    for place in value.indices {
        if value[place] == "#" || value[place] == ";", last == " " || last == "\t" {
            return trimmed(value[..<place])
        }
        last = value[place]
    }
    return value
}
