// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import RegistryStorage

/// The first byte says what the rest is: a manifest, an index, a tag, two names with 0xFF between,
/// a challenge, a link field, or a place.
func fuzzRegistry(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let rest = Array(input.dropFirst())
    switch kind % 7 {
    case 0: checkManifest(rest)
    case 1: checkIndex(rest)
    case 2: checkTag(rest.repaired)
    case 3: checkNames(rest)
    case 4: checkChallenges(rest.repaired)
    case 5: checkLink(rest.repaired)
    default: checkPlace(rest.repaired)
    }
}

private func checkManifest(_ bytes: [UInt8]) {
    do throws(RegistryError) {
        let manifest = try FileManifest(bytes)
        for layer in manifest.layers + [manifest.subject].compactMap({ $0 }) {
            guard let data = layer.data else { continue }
            require(
                data.count == layer.size && ContentDigest(of: data) == layer.digest,
                "what stands in a manifest is what it names")
        }
        let again = try FileManifest(manifest.bytes)
        require(again.bytes == manifest.bytes, "written and read again the same")
        for name in ["metadata/1.root.json", "targets/x", "x"] as [UTF8Text] {
            let isFile = (try? manifest.file(name)) != nil
            require(!isFile || manifest.layers.count == 1, "a file has one layer")
        }
    } catch {
        requireOneLine("\(error)")
    }
}

private func checkIndex(_ bytes: [UInt8]) {
    do throws(RegistryError) {
        var index = try ReferrersIndex(bytes)
        let again = try ReferrersIndex(index.bytes)
        require(again.bytes == index.bytes, "written and read again the same")
        let digests = index.digests
        for digest in digests {
            let others = index.digests.filter { $0 != digest }
            _ = index.remove(digest)
            require(index.digests == others, "removed is one, and all of it")
        }
    } catch {
        requireOneLine("\(error)")
    }
}

// MARK: tags

private func checkTag(_ tag: String) {
    guard case .name(let name) = FileTag.meaning(tag) else { return }
    let made = require(FileTag(name), "a tag is read as a name that has one")
    require(made.text.utf8.elementsEqual(tag.utf8), "and it is this one")
    checkForm(made.text)
}

private func checkNames(_ bytes: [UInt8]) {
    var tags: [(name: UTF8Text, tag: FileTag)] = []
    for part in bytes.parts(2) {
        let name = UTF8Text(part.repaired)
        guard let tag = FileTag(name) else { continue }
        checkForm(tag.text)
        require(isPlain(Array(name.utf8)), "only the names of files have tags")
        switch FileTag.meaning(tag.text) {
        case .name(let found): require(found == name, "a tag tells its name")
        case .digestOfName: require(name.count > 40, "short names tell themselves")
        case .reference, .foreign: require(false, "a file's tag is a file's")
        }
        tags.append((name, tag))
    }
    guard tags.count == 2 else { return }
    require(
        (tags[0].tag == tags[1].tag) == (tags[0].name == tags[1].name),
        "one tag for one name")
}

/// As the distribution spec has tags.
private func checkForm(_ tag: String) {
    require((1...128).contains(tag.utf8.count), "a tag has up to 128 bytes")
    for (place, byte) in tag.utf8.enumerated() {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): continue
        default: require(place > 0 && ".-".utf8.contains(byte), "a byte that a tag may have")
        }
    }
    let isIndex = tag.hasPrefix("sha256-") || tag.hasPrefix("sha512-")
    require(!isIndex, "no file's tag is that of an index of referrers")
}

private func isPlain(_ name: [UInt8]) -> Bool {
    name.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy { segment in
        !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
    } && name.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }
}

// MARK: fields and places

private func checkChallenges(_ value: String) {
    for challenge in Challenge.all(value) {
        let isToken = challenge.scheme.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0)
        }
        require(isToken && !challenge.scheme.isEmpty, "a scheme is a token")
        require(!challenge.scheme.utf8.contains { (0x41...0x5A).contains($0) }, "in lower case")
        guard let realm = challenge["realm"] else { continue }
        require(realm.utf8.count <= value.utf8.count, "a realm stands in the field")
    }
}

private func checkLink(_ value: String) {
    guard let target = NextPage.reference(in: [value]) else { return }
    let text = Array("<\(target)>".utf8)
    let bytes = Array(value.utf8)
    require(text.count <= bytes.count, "a target stands in the field")
    require(
        (0...(bytes.count - text.count)).contains { bytes[$0...].starts(with: text) },
        "between its brackets")
}

private func checkPlace(_ text: String) {
    do throws(RegistryError) {
        let place = try RegistryPlace(text)
        let again = try RegistryPlace("\(place)")
        require(again == place, "written and read again the same")
        require(
            place.name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
                    || "._-/".utf8.contains($0)
            }, "a name that goes into a URL as it is")
        require(
            place.registry.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && !"/?#@%\\".utf8.contains($0)
            }, "a host that goes into a URL as it is")
    } catch {
        requireOneLine("\(error)")
        require(
            !text.utf8.contains(UInt8(ascii: "@")) || !"\(error)".contains("hunter2"),
            "what may be a password is not repeated")
    }
}
