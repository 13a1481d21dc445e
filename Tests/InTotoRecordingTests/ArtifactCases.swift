// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Testing

/// Paths and options that both this project and Python in-toto record a tree with.
struct ArtifactCase: Sendable, CustomTestStringConvertible {
    var paths = ["."]
    var exclude: [String]?
    var lstripPaths: [String] = []
    var normalizeLineEndings = false
    var followSymlinkDirs = true

    /// The same for Python.
    var json: String {
        func texts(_ texts: [String]) -> JSON { .array(texts.map { .text($0) }) }
        let all: JSON = .array([
            texts(paths), exclude.map(texts) ?? .null, texts(lstripPaths),
            .boolean(normalizeLineEndings), .boolean(followSymlinkDirs),
        ])
        return String(decoding: all.compactBytes(), as: UTF8.self)
    }

    var testDescription: String { json }
}

let artifactCases: [ArtifactCase] = [
    ArtifactCase(),
    ArtifactCase(followSymlinkDirs: false),
    ArtifactCase(normalizeLineEndings: true),
    ArtifactCase(paths: ["linked-folder", "alias"], followSymlinkDirs: false),
    ArtifactCase(paths: ["./src//deep/../", "a.txt", "dist/./one", "nothing", "broken", "pipe"]),
    ArtifactCase(paths: ["../tree/src"]),
    ArtifactCase(paths: ["file:src", "dist"]),
    ArtifactCase(paths: ["./dist", "src"], lstripPaths: ["dist/", "src/de"]),
    ArtifactCase(exclude: ["*.c", "/dist/"]),
    ArtifactCase(exclude: ["src/**", "!src/deep", "caf?", "*\\\\*"]),
    ArtifactCase(paths: ["src", "a.txt", "dist.txt"], exclude: ["*", "!*.txt", "dist*"]),
    ArtifactCase(exclude: ["linked-folder", "cafe\u{301}", "[a-d]*"]),
    ArtifactCase(paths: ["src", "src/deep", "src/deep/c.c", "."]),
    ArtifactCase(paths: [""]),
]
