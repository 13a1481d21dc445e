// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON

/// `unzip`, or `python3 -m zipfile -e`.
struct ZipCommand: Equatable {
    let tool: ZipReader.Tool
    let file: UTF8Text
    let folder: UTF8Text?

    /// `unzip [-qon] FILE [-d DIR]`.
    init(unzip words: inout CommandWords) throws(CommandFault) {
        tool = .unzip
        var file: UTF8Text?
        var folder: UTF8Text?
        while let word = words.next() {
            guard word.starts(with: "-") else {
                // After the file come names of single entries.
                guard file == nil, !word.isEmpty else { throw .argument(word, in: words.program) }
                file = word
                continue
            }
            if word.starts(with: "-d") {
                guard folder == nil else { throw .argument(word, in: words.program) }
                folder = word.count > 2 ? word.dropping(2) : try words.value(of: word)
                continue
            }
            let known = "qon".utf8
            guard word.count > 1, word.utf8.dropFirst().allSatisfy(known.contains) else {
                throw .argument(word, in: words.program)
            }
        }
        guard let file else { throw .missing("FILE", in: words.program) }
        self.file = file
        self.folder = folder
    }

    /// `-m zipfile -e FILE DIR`; `nil` if Python is to run something else.
    static func pythonModule(_ words: inout CommandWords) throws(CommandFault) -> ZipCommand? {
        guard words.next()?.isSame("-m") == true, words.next()?.isSame("zipfile") == true else {
            return nil
        }
        guard let action = words.next() else { throw .missing("-e", in: words.program) }
        guard action.isSame("-e") || action.isSame("--extract") else {
            throw .argument(action, in: words.program)
        }
        let file = try words.value(of: action)
        guard let folder = words.next(), !folder.isEmpty else {
            throw .missing("DIR", in: words.program)
        }
        for word in [file, folder] where word.starts(with: "-") {
            throw .argument(word, in: words.program)
        }
        if let more = words.next() { throw .argument(more, in: words.program) }
        return ZipCommand(python: file, folder: folder)
    }

    private init(python file: UTF8Text, folder: UTF8Text) {
        tool = .python
        self.file = file
        self.folder = folder
    }

    /// Whether the command's file is the product: unzip also tries `.zip` at the end, and takes
    /// `*` and `?` for a pattern.
    func names(_ product: UTF8Text) -> Bool {
        if isSame(file, product) { return true }
        guard tool == .unzip else { return false }
        let longer = [".zip", ".ZIP"].contains { ending in
            isSame(UTF8Text(file.string + ending), product)
        }
        return longer || ZipCommand.matches(file.utf8[...], product.utf8[...])
    }

    private static func matches(
        _ pattern: Substring.UTF8View, _ text: Substring.UTF8View
    ) -> Bool {
        var (pattern, text) = (Array(pattern)[...], Array(text)[...])
        // The last star, and what it took so far.
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        guard pattern.contains(UInt8(ascii: "*")) || pattern.contains(UInt8(ascii: "?")) else {
            return false
        }
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let byte = text.first, let wanted = pattern.first,
                wanted == byte || wanted == UInt8(ascii: "?")
            {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if pattern.isEmpty, text.isEmpty {
                return true
            } else {
                guard let (after, from) = retry, !from.isEmpty else { return false }
                retry = (after, from.dropFirst())
                (pattern, text) = (after, from.dropFirst())
            }
        }
    }
}

/// Whether a file that a command names is the one in the folder where it runs.
func isSame(_ file: UTF8Text, _ product: UTF8Text) -> Bool {
    let name = file.starts(with: "./") ? file.dropping(2) : file
    return name == product
}
