// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFMetadata

/// Two names, of roles or of target files, and what is made of them in file systems and URLs.
func fuzzNames(_ input: [UInt8]) {
    let parts = input.parts(2)
    require(percentDecoded(percentEncoded(input)) == input, "encoding loses nothing")
    let (one, other) = (parts[0].repaired, (parts.last ?? []).repaired)
    checkRole(RoleName(UTF8Text(one)))
    checkRoles(RoleName(UTF8Text(one)), RoleName(UTF8Text(other)))
    let path = checkPath(UTF8Text(one))
    if let path, let second = TargetPath(UTF8Text(other)) { checkPaths(path, second) }
}

// MARK: roles

private func checkRole(_ role: RoleName) {
    let encoded = Array(role.encoded.utf8)
    require(encoded.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "%") }, "plain characters")
    require(
        percentDecoded(encoded) == Array(role.text.utf8), "a role's name is found in its file's")
    requireOneLine("\(role)")
    requireOneLine(role.shownFile)
    for name in [role.fileName(), role.fileName(version: 7)] {
        require(normalised("/m", name) == "/m/" + name, "a role's file stays in its folder")
    }
    let top = ["root", "timestamp", "snapshot", "targets"]
    require(role.isTopLevel == top.contains { $0.utf8.elementsEqual(role.text.utf8) }, "top level")
    guard role.isFitForDelegation else { return }
    require(!role.isTopLevel && !role.text.isEmpty, "no top-level role is delegated to")
    for name in [role.fileName(), role.fileName(version: 1 << 62)] {
        require(name.utf8.count <= 255, "a file name of a delegated role is short enough")
        let bare = name.utf8.drop { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        require(
            !top.contains { bare.elementsEqual("\($0).json".utf8) },
            "no delegated role has the file of a top-level one")
    }
}

private func checkRoles(_ one: RoleName, _ other: RoleName) {
    let same = one.text.utf8.elementsEqual(other.text.utf8)
    require(same == (one == other), "names are equal by their bytes")
    require(same == equal(one.fileName(), other.fileName()), "each role has its own file")
    require(same == equal(one.shownFile, other.shownFile) || isLong(one, other), "and is shown so")
    require(
        same == equal(one.fileName(version: 2), other.fileName(version: 2)),
        "each role has its own file in a version")
    require(
        !equal(one.fileName(version: 2), other.fileName(version: 12)),
        "versions have files of their own, whatever the names")
    require((one < other) == precedes(one.text, other.text), "names sort by their bytes")
}

/// Messages cut what is long.
private func isLong(_ one: RoleName, _ other: RoleName) -> Bool {
    max(one.text.count, other.text.count) > 100
}

// MARK: target files

private let digests = [String(repeating: "ab", count: 32), String(repeating: "0c", count: 64)]

private func checkPath(_ text: UTF8Text) -> TargetPath? {
    let segments = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        .map { Array($0) }
    let isSafe =
        text.count <= 1024 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }
        && segments.allSatisfy {
            (1...190).contains($0.count) && $0 != [0x2E] && $0 != [0x2E, 0x2E]
        }
    guard let path = TargetPath(text) else {
        require(!isSafe, "a safe path is one")
        return nil
    }
    require(isSafe, "an unsafe path is none")
    requireOneLine("\(path)")
    let joined = path.directory.isEmpty ? path.fileName : "\(path.directory)/\(path.fileName)"
    require(equal(joined, path.string), "folder and file name make the path")
    for digest in [nil, digests[0], digests[1]] {
        let stored = path.path(withHash: digest)
        require(equal(normalised("/t", stored), "/t/" + stored), "a file stays in its folder")
        let url = path.urlPath(withHash: digest)
        require(url.utf8.allSatisfy { isPlain($0) || "%/".utf8.contains($0) }, "plain characters")
        let pieces = url.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        let decoded = pieces.map { percentDecoded($0) ?? [] }
        require(decoded.joined(separator: [0x2F]).elementsEqual(stored.utf8), "the URL is the path")
        require(equal(normalised("/t", url), "/t/" + url), "a URL stays in its folder")
    }
    for name in path.path(withHash: digests[0]).utf8.split(separator: 0x2F) {
        require(name.count <= 255, "with a SHA-256, a file name is short enough")
    }
    return path
}

private func checkPaths(_ one: TargetPath, _ other: TargetPath) {
    let same = one.string.utf8.elementsEqual(other.string.utf8)
    require(same == (one == other), "paths are equal by their bytes")
    require((one < other) == precedes(one.text, other.text), "paths sort by their bytes")
    for (mine, theirs) in [(nil, nil), (digests[0], digests[0]), (digests[0], digests[1])] {
        let isSame = same && mine == theirs
        require(
            equal(one.path(withHash: mine), other.path(withHash: theirs)) == isSame,
            "each file and digest has its own place")
        require(
            equal(one.urlPath(withHash: mine), other.urlPath(withHash: theirs)) == isSame,
            "each file and digest has its own URL")
    }
}

// MARK: the slow way

private func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}

private func precedes(_ left: UTF8Text, _ right: UTF8Text) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}

private let plain = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

private func isPlain(_ byte: UInt8) -> Bool { plain.contains(byte) }

/// `nil` if a percent sign is not followed by two hexadecimal digits.
func percentDecoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var rest = Array(text)[...]
    var result: [UInt8] = []
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            result.append(byte)
            continue
        }
        guard rest.count >= 2,
            let decoded = bytes(fromHex: rest.prefix(2).repaired, lowerCaseOnly: false)
        else { return nil }
        result += decoded
        rest = rest.dropFirst(2)
    }
    return result
}

private func percentDecoded(_ text: String) -> [UInt8]? { percentDecoded(text.utf8) }

/// Where `name` leads from `folder`, as a file system or a browser goes.
private func normalised(_ folder: String, _ name: String) -> String {
    var path = folder.utf8.split(separator: 0x2F).map { Array($0) }
    if name.utf8.first == 0x2F { path = [] }
    for segment in name.utf8.split(separator: 0x2F).map({ Array($0) }) {
        if segment == [0x2E] { continue }
        if segment == [0x2E, 0x2E] { _ = path.popLast() } else { path.append(segment) }
    }
    return "/" + path.map(\.repaired).joined(separator: "/")
}
