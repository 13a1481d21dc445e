// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage
import Testing

/// Compares a text with the file of this name in `Fixtures/Verdicts`, to the byte.
///
/// With `CARNET_WRITE_FIXTURES` set the file is written instead, and the test fails: a text is
/// to be read before it is kept.
func expectGolden(
    _ text: String, _ name: String, _ location: SourceLocation = #_sourceLocation
) throws {
    let file = Place.fixtures + "/Verdicts/\(name).txt"
    if getenv("CARNET_WRITE_FIXTURES") != nil {
        try FileSystem.makeDirectory(FileSystem.parent(of: file))
        try FileSystem.write(Array(text.utf8), to: file)
        Issue.record("\(name).txt was written", sourceLocation: location)
        return
    }
    let kept = try FileSystem.read(file).map { String(decoding: $0, as: UTF8.self) }
    #expect(text == kept, sourceLocation: location)
}

private enum Place {
    /// `Fixtures` beside `Tests`.
    static let fixtures =
        (0..<3).reduce(#filePath) { path, _ in FileSystem.parent(of: path) } + "/Fixtures"
}
