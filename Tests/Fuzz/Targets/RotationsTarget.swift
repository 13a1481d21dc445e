// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFClient
import TUFMetadata

/// Rotations of TAP 8: a document that is to be a rotation, if the input begins with a brace; otherwise a
/// byte that says how names are written, and names that a snapshot lists, 0xFF between them.
func fuzzRotations(_ input: [UInt8]) {
    guard let first = input.first else { return }
    if first == UInt8(ascii: "{") {
        checkDocument(input)
    } else {
        let names = input.dropFirst().split(separator: 0xFF, omittingEmptySubsequences: false)
            .prefix(24).map { UTF8Text($0.repaired) }
        checkNames(names, isEscaped: first & 1 == 1)
    }
}

// MARK: names in a snapshot

private func checkNames(_ names: [UTF8Text], isEscaped: Bool) {
    var seen: Set<UTF8Text> = ["targets.json"]
    let distinct = names.filter { seen.insert($0).inserted }
    let rotations = Rotations(snapshot(distinct, isEscaped: isEscaped))
    for name in distinct {
        let text = name.string
        guard let end = text.utf8.firstRange(of: Array(".rotate.".utf8))?.lowerBound,
            text.utf8.starts(with: "rotate/".utf8),
            text.utf8.index(text.startIndex, offsetBy: 7) <= end
        else { continue }
        let role = RoleName(
            UTF8Text(String(text.utf8[text.utf8.index(text.startIndex, offsetBy: 7)..<end]) ?? ""))
        checkEntries(of: role, rotations, distinct)
    }
    checkEntries(of: RoleName("a"), rotations, distinct)
    checkEntries(of: .targets, rotations, distinct)
}

/// A snapshot with these entries, in plain letters or each letter as an escape.
private func snapshot(_ names: [UTF8Text], isEscaped: Bool) -> Snapshot {
    let members = (names + ["targets.json"]).map { name -> String in
        let plain = JSON.string(name).compactBytes()
        let written =
            isEscaped && name.utf8.allSatisfy { $0 < 0x80 }
            ? "\"" + name.utf8.map { "\\u00" + hex([$0]) }.joined() + "\"" : plain.repaired
        return written + ":{\"version\":1}"
    }
    let text = """
        {"_type":"snapshot","expires":"2030-01-31T12:00:00Z","meta":{\(members.joined(separator: ","))},
        "spec_version":"1.0.34","version":1}
        """
    // Names may hold what no text of JSON does.
    guard let document = try? JSONDocument(Array(text.utf8)) else { return plainSnapshot }
    return require(try? Snapshot(document.root), "any names make a snapshot")
}

private let plainSnapshot: Snapshot = lasting { snapshot([], isEscaped: false) }

/// The numbers of a role's rotations by building each name anew.
private func checkEntries(of role: RoleName, _ rotations: Rotations, _ names: [UTF8Text]) {
    guard !role.text.isEmpty else { return }
    let prefix = "rotate/\(role.text.string).rotate."
    let numbers = names.compactMap { name -> Int? in
        guard name.utf8.starts(with: prefix.utf8) else { return nil }
        let digits = String(Substring(name.utf8.dropFirst(prefix.utf8.count)))
        guard let number = Int(digits), (1...999_999_999).contains(number),
            String(number).utf8.elementsEqual(digits.utf8)
        else { return nil }
        return number
    }.sorted()
    do throws(UpdateError) {
        let entries = try rotations.entries(of: role, maximum: 8)
        require(numbers == Array(1..<(entries.count + 1)), "rotations are those listed, in order")
        require(entries.map(\.number) == numbers, "and numbered so")
        for entry in entries {
            require(
                entry.file.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                    && entry.file.split(separator: "/").count == 2, "a file stays in its folder")
            require(
                entry.storeName.fileName().utf8.allSatisfy { $0 != 0x2F },
                "and has a plain name in the store")
        }
    } catch {
        requireOneLine("\(error)")
        switch error {
        case .tooManyRotations: require(numbers.count > 8, "so many are too many")
        case .rotationMissing:
            require(numbers != Array(1..<(numbers.count + 1)), "one between is missing")
        default: require(false, "\(error) is no error of a list")
        }
    }
}

// MARK: a file

/// Keys of before, and a stranger's.
private let signers: [PrivateKey] = lasting {
    (0..<2).map { number in
        require(
            try? PrivateKey(ed25519Seed: [UInt8](repeating: UInt8(number), count: 32)),
            "a key has a seed of 32 bytes")
    }
}

private func checkDocument(_ input: [UInt8]) {
    guard let document = try? JSONDocument(input), (try? document.root.object()) != nil else {
        return
    }
    let (own, stranger) = (signers[0], signers[1])
    let signed = document.root.tree()
    let message = signed.canonicalBytes()
    let signature: JSON = [
        "keyid": .string(own.publicKey.keyID.text),
        "sig": .text(hex(require(try? own.sign(message), "a key signs"))),
    ]
    let file: JSON = ["signatures": [signature], "signed": signed]
    let entry = entry(RoleName("a"))
    func take(_ key: PrivateKey, _ bytes: [UInt8]) -> Rotation? {
        do throws(UpdateError) {
            return try entry.rotation(bytes, authority(key), by: .targets)
        } catch {
            requireOneLine("\(error)")
            return nil
        }
    }
    require(take(stranger, file.compactBytes()) == nil, "what a stranger signed is not taken")
    let rotation = take(own, file.compactBytes())
    require((rotation != nil) == isRotation(signed), "a rotation of the right keys is taken")
    guard let rotation else { return }
    switch rotation {
    case .null: require(isNull(signed), "a role ends if no key is named, or a null one")
    case .keys(let next):
        require(!isNull(signed), "a role goes on if keys are named")
        require(next.threshold >= 1 && !next.entries.isEmpty, "with a threshold")
        require(!next.count([], over: .init(start: nil, count: 0)).isMet, "that nobody meets")
    }
    var changed = signed
    changed.set("x", changed["x"] == nil ? 1 : nil)
    let other: JSON = ["signatures": [signature], "signed": changed]
    require(take(own, other.compactBytes()) == nil, "what is changed is not taken")
}

private func entry(_ role: RoleName) -> Rotations.Entry {
    let name = UTF8Text("rotate/\(role.text).rotate.1")
    let entries = try? Rotations(snapshot([name], isEscaped: false)).entries(of: role, maximum: 1)
    return require(entries?.first, "a rotation that is listed is found")
}

private func authority(_ key: PrivateKey) -> Authority {
    Authority([Authority.Entry(key.publicKey.keyID, key.publicKey)], threshold: 1)
}

/// The rules of the file, written down once more over its tree: `a`, number 1.
private func isRotation(_ signed: JSON) -> Bool {
    guard signed["_type"]?.text == "rotate", signed["role"]?.text == "a",
        signed["version"]?.integer == 1, let threshold = signed["threshold"]?.integer,
        (1...(1 << 31)).contains(threshold), let keys = signed["keys"]
    else { return false }
    guard let members = keys.members else { return keys == .null }
    return members.allSatisfy { member in
        guard member.value != .null else { return true }
        guard let document = try? JSONDocument(member.value.compactBytes()) else { return false }
        return (try? PublicKey(document.root)) != nil
    }
}

private func isNull(_ signed: JSON) -> Bool {
    guard let members = signed["keys"]?.members else { return true }
    return members.isEmpty || members.contains { $0.value == .null }
}
