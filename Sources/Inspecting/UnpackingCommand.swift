// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// A command that Carnet does itself.
enum UnpackingCommand: Equatable {
    /// Leaves everything as it is.
    case nothing
    case tar(TarCommand)
    case zip(ZipCommand)
    case gzip(GzipCommand)
    case deb(DebCommand)

    /// What of each program is understood, for messages.
    static let understood: [String: String] = [
        "tar": "-x -z -J --zstd -v -p -m -o -f FILE -C DIR --strip-components=N",
        "unzip": "-q -o -n -d DIR FILE",
        "gzip": "-d -k -c -f -q -v -n -t FILE",
        "gunzip": "-k -c -f -q -v -n -t FILE",
        "python": "-m zipfile -e FILE DIR",
        "python3": "-m zipfile -e FILE DIR",
        "dpkg-deb": "-x FILE DIR, -X, -R, -e",
        "true": "no argument",
    ]

    /// - Returns: `nil` for another program.
    /// - Throws: ``CommandFault`` if the program is one of these and its arguments are not.
    init?(_ command: [UTF8Text]) throws(CommandFault) {
        guard var words = CommandWords(command) else { return nil }
        switch words.program {
        case "true": self = .nothing
        case "tar": self = .tar(try TarCommand(&words))
        case "unzip": self = .zip(try ZipCommand(unzip: &words))
        case "python", "python3":
            guard let module = try ZipCommand.pythonModule(&words) else { return nil }
            self = .zip(module)
        case "gzip", "gunzip":
            self = .gzip(try GzipCommand(&words, unpacks: words.program == "gunzip"))
        case "dpkg-deb": self = .deb(try DebCommand(&words))
        default: return nil
        }
    }
}

/// `gzip -d`, `gunzip`.
struct GzipCommand: Equatable {
    let file: UTF8Text
    /// Whether the packed file stays.
    let keepsFile: Bool
    /// Whether there is a new file at all.
    let writesFile: Bool

    init(_ words: inout CommandWords, unpacks: Bool) throws(CommandFault) {
        var file: UTF8Text?
        var (unpacks, keeps, writes) = (unpacks, false, true)
        while let word = words.next() {
            switch word.string.utf8.elementsEqual("-".utf8) ? "" : word.string {
            case "--decompress", "--uncompress": unpacks = true
            case "--keep": keeps = true
            case "--stdout", "--to-stdout", "--test": writes = false
            case "--force", "--quiet", "--verbose", "--no-name": break
            case let option where option.utf8.starts(with: "-".utf8):
                for letter in option.utf8.dropFirst() {
                    switch letter {
                    case UInt8(ascii: "d"): unpacks = true
                    case UInt8(ascii: "k"): keeps = true
                    case UInt8(ascii: "c"), UInt8(ascii: "t"): writes = false
                    case UInt8(ascii: "f"), UInt8(ascii: "q"), UInt8(ascii: "v"),
                        UInt8(ascii: "n"):
                        break
                    default: throw .argument(word, in: words.program)
                    }
                }
            default:
                guard file == nil, !word.isEmpty, !word.isSame("-") else {
                    throw .argument(word, in: words.program)
                }
                file = word
            }
        }
        guard unpacks else { throw .missing("-d", in: words.program) }
        guard let file else { throw .missing("FILE", in: words.program) }
        self.file = file
        keepsFile = keeps || !writes
        writesFile = writes
    }

    /// The unpacked file's name, as gzip makes it; `nil` if it makes none of this name.
    static func unpackedName(_ name: UTF8Text) -> UTF8Text? {
        for (ending, replacement) in [
            (".gz", ""), (".tgz", ".tar"), (".taz", ".tar"), ("-gz", ""), (".z", ""), ("-z", ""),
            ("_z", ""),
        ]
        where name.count > ending.utf8.count
            && name.utf8.suffix(ending.utf8.count)
                .elementsEqual(ending.utf8)
        {
            let stem = String(name.string.utf8.dropLast(ending.utf8.count)) ?? ""
            return UTF8Text(stem + replacement)
        }
        return nil
    }
}

/// `dpkg-deb -x FILE DIR` and the like.
struct DebCommand: Equatable {
    enum Parts: Equatable { case data, control, both }

    let file: UTF8Text
    let folder: UTF8Text
    let parts: Parts

    init(_ words: inout CommandWords) throws(CommandFault) {
        guard let action = words.next() else { throw .missing("-x", in: words.program) }
        switch action.string {
        case "-x", "--extract", "-X", "--vextract": parts = .data
        case "-e", "--control": parts = .control
        case "-R", "--raw-extract": parts = .both
        default: throw .argument(action, in: words.program)
        }
        file = try words.value(of: action)
        if let folder = words.next() {
            self.folder = folder
        } else {
            // Where `-e` puts it unless told otherwise.
            guard parts == .control else { throw .missing("DIR", in: words.program) }
            folder = "DEBIAN"
        }
        if file.starts(with: "-") { throw .argument(file, in: words.program) }
        if folder.starts(with: "-") { throw .argument(folder, in: words.program) }
        if let more = words.next() { throw .argument(more, in: words.program) }
    }
}
