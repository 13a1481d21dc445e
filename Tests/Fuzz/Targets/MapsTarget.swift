// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import TUFMetadata

/// The input is a map file (TAP 4), after 0xFF perhaps a path.
func fuzzMaps(_ input: [UInt8]) {
    let parts = input.parts(2)
    let map: TrustMap
    do throws(JSONError) {
        map = try TrustMap(parts[0])
    } catch {
        requireOneLine("\(error)")
        return require("\(error)".utf8.count < 4000, "a message is short: \(error)")
    }
    checkRepositories(map)
    for entry in map.entries { checkEntry(entry, map) }
    let written = map.json.indentedBytes()
    guard let again = try? TrustMap(written) else {
        return require(false, "a map that is written reads again")
    }
    require(again == map, "as the same map")
    require(again.json.indentedBytes() == written, "and is written the same")
    require(map.sentences.count == map.entries.count, "a sentence an entry")
    for sentence in map.sentences + map.remarks { requireOneLine(sentence) }
    if parts.count > 1, let path = TargetPath(UTF8Text(parts[1].repaired)) {
        for entry in map.entries { checkCovers(entry, path) }
    }
}

private func checkRepositories(_ map: TrustMap) {
    let names = map.repositories.map(\.name)
    require((1...TrustMap.Limits.repositories).contains(names.count), "one repository or more")
    require(Set(names.map { Array($0.utf8) }).count == names.count, "each once")
    for repository in map.repositories {
        let name = repository.name
        // It becomes the name of a folder.
        require(
            (1...64).contains(name.utf8.count) && name.utf8.first != 0x2E
                && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2F && $0 != 0x5C },
            "a name is one of a plain folder")
        require(name != TrustMap.reservedName, "no repository has the map's own name")
        require(map.repository(name) == repository, "a repository is found by its name")
        require((1...TrustMap.Limits.urls).contains(repository.urls.count), "it has a place")
        for url in repository.urls {
            require(
                url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                    && url.utf8.count <= TrustMap.Limits.urlBytes, "a place is a plain URL")
        }
    }
}

private func checkEntry(_ entry: TrustMap.Entry, _ map: TrustMap) {
    require(
        (1...TrustMap.Limits.repositoriesOfEntry).contains(entry.repositories.count),
        "an entry asks somebody")
    require(
        (1...entry.repositories.count).contains(entry.threshold), "its threshold can be met")
    require(Set(entry.repositories).count == entry.repositories.count, "nobody is asked twice")
    for name in entry.repositories {
        require(map.repository(name) != nil, "who is asked is listed")
    }
    require((1...TrustMap.Limits.paths).contains(entry.paths.count), "an entry covers something")
    for pattern in entry.paths {
        // A pattern without wildcards is a path, which it covers.
        guard Wildcard(pattern).isLiteral else { continue }
        let bare = UTF8Text(Array(pattern.utf8.drop { $0 == 0x2F }).repaired)
        guard let path = TargetPath(bare) else {
            return require(false, "a pattern that can match nothing is refused")
        }
        require(entry.covers(path), "a literal covers its path")
    }
}

/// `fnmatch` over the whole path, slashes included.
private func checkCovers(_ entry: TrustMap.Entry, _ path: TargetPath) {
    var covers = false
    let scalars = path.text.string.unicodeScalars.map(\.value)
    guard scalars.count <= 64 else { return }
    for pattern in entry.paths {
        let text = Array(pattern.utf8.drop { $0 == 0x2F }).repaired.unicodeScalars.map(\.value)
        // At some patterns Python raises an error.
        guard text.count <= 64, let reference = ReferenceWildcard(text) else { return }
        covers = covers || reference.matches(scalars)
    }
    require(entry.covers(path) == covers, "an entry covers what fnmatch says")
}
