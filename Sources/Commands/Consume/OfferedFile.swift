// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import TUFMetadata

/// What a person names in a trusted repository: `NAME/PATH`, where the path may be a pattern.
struct OfferedFile {
    /// Name of the repository; `nil` if the whole text is the path.
    let repository: String?
    let path: String

    init(_ text: String, isPinned: Bool) throws {
        if isPinned {
            (repository, path) = (nil, text)
            return
        }
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            throw CommandFailure(
                "\(quoted(text)) found, NAME/PATH expected",
                hint: "carnet list shows what there is")
        }
        repository = String(text[..<slash])
        path = String(text[text.utf8.index(after: slash)...])
    }

    /// Whether it may name several files.
    var isPattern: Bool { path.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B } }

    func targetPath() throws -> TargetPath {
        guard let path = TargetPath(UTF8Text(path)) else { throw PublishingError.path(path) }
        return path
    }
}
