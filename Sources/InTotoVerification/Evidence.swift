// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// The link files a supply chain is verified with, as received, by their relative names.
///
/// A link is `STEP.KEYID8.link`; the links of a sublayout lie in the folder of the file that
/// holds it: `build.776a00e2/inner.1234abcd.link` (in-toto 1.0 §5.2, as Python lays them out).
/// Files that no step asks for are never opened.
public struct Evidence: Sendable {
    private struct File: Sendable {
        let name: UTF8Text
        let bytes: [UInt8]
    }

    /// Sorted by name.
    private let files: [File]
    /// Empty, or the folder looked at, with its slash.
    private let folder: String

    public init(files: [UTF8Text: [UInt8]]) {
        self.files = files.map { File(name: $0.key, bytes: $0.value) }
            .sorted { $0.name < $1.name }
        folder = ""
    }

    private init(files: [File], folder: String) {
        self.files = files
        self.folder = folder
    }

    /// The bytes of the file of this name in the folder looked at.
    subscript(name: String) -> [UInt8]? {
        let wanted = path(of: name)
        let index = firstIndex(from: wanted)
        return index < files.count && files[index].name == wanted ? files[index].bytes : nil
    }

    /// The name of a file of the folder looked at, as the evidence's giver knows it.
    func path(of name: String) -> UTF8Text { UTF8Text(folder + name) }

    /// The same files, seen from a folder of this one.
    func narrowed(to name: String) -> Evidence {
        Evidence(files: files, folder: folder + name + "/")
    }

    /// Names of the files `STEP.········.link`, whatever stands in the place of the key.
    func linkNames(of step: UTF8Text) -> [UTF8Text] {
        let start = path(of: "\(step).")
        var names: [UTF8Text] = []
        for file in files[firstIndex(from: start)...] {
            guard file.name.utf8.starts(with: start.utf8) else { break }
            let rest = Array(file.name.utf8.dropFirst(start.count))
            guard rest.count == 13, rest.suffix(5).elementsEqual(".link".utf8),
                !rest.prefix(8).contains(where: { "/.".utf8.contains($0) })
            else { continue }
            names.append(file.name)
        }
        return names
    }

    private func firstIndex(from name: UTF8Text) -> Int {
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
