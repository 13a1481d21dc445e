// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// The JSON of a file in `Fixtures/`, which is found by way of this file's path.
func fixture(_ name: String, file: String = #filePath) -> JSON {
    let here = file.utf8.split(separator: UInt8(ascii: "/")).dropLast(4)
    let path = "/" + here.map { Array($0).repaired }.joined(separator: "/") + "/Fixtures/" + name
    guard let stream = fopen(path, "r") else { return require(nil, "\(path) is there") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, stream)
        guard count > 0 else { break }
        bytes += chunk[0..<count]
    }
    return require((try? JSONDocument(bytes))?.root.tree(), "\(path) is JSON")
}
