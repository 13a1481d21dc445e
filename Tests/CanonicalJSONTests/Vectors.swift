// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import Testing

/// Reads a table of `Fixtures/Vectors/CanonicalJSON`: rows of fields, each a run of bytes.
///
/// The tables are no JSON, so that no fault of the parser can hide itself.
func table(_ name: String, filePath: String = #filePath) throws -> [[[UInt8]]] {
    let root = filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/Fixtures/Vectors/CanonicalJSON/\(name)"
    let file = try #require(fopen(path, "rb"), "\(path) is missing")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        guard count > 0 else { break }
        bytes += chunk[0..<count]
    }
    return bytes.split(separator: UInt8(ascii: "\n")).map { line in
        line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            .map(unescaped)
    }
}

/// A field without its escapes: `\\` is a backslash, `\xHH` any other byte.
private func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "x") {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            result.append(UInt8(digits, radix: 16)!)
        } else {
            result.append(byte)
        }
    }
    return result
}

func text(_ bytes: [UInt8]) throws -> UTF8Text { try #require(UTF8Text(validating: bytes)) }

/// What parsing these bytes gives: the document, or why not.
func parse(
    _ text: String, limits: JSONLimits = JSONLimits()
) throws(JSONError) -> JSONDocument {
    try JSONDocument(Array(text.utf8), limits: limits)
}

/// A random number generator that gives the same numbers in each run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
