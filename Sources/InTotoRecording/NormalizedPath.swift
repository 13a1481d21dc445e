// SPDX-License-Identifier: Apache-2.0

/// What Python's `os.path.normpath` makes of a path: no empty and no `.` components, `..` taken
/// back by name alone, `.` for nothing. Names of artifacts begin with it.
func normalizedPath(_ path: some Collection<UInt8>) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    let dots = Array("..".utf8)
    let slashes = path.prefix { $0 == slash }.count
    var kept: [[UInt8]] = []
    for part in path.split(separator: slash) where !part.elementsEqual(".".utf8) {
        if !part.elementsEqual(dots) || (slashes == 0 && kept.isEmpty) || kept.last == dots {
            kept.append(Array(part))
        } else if !kept.isEmpty {
            kept.removeLast()
        }
    }
    // POSIX leaves the meaning of exactly two slashes at the start open, so they are kept.
    let start = [UInt8](repeating: slash, count: slashes == 2 ? 2 : min(slashes, 1))
    let result = start + kept.joined(separator: [slash])
    return result.isEmpty ? Array(".".utf8) : result
}
