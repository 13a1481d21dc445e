// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import TUFMetadata

/// The input is a document for every decoder; or, unless it begins with a brace, its first byte
/// picks one decoder and the document follows.
func fuzzDocuments(_ input: [UInt8]) {
    let checks: [([UInt8]) -> Void] = [
        { decode($0, Root.init, checkRoot) },
        { decode($0, Timestamp.init, checkTimestamp) },
        { decode($0, Snapshot.init, checkSnapshot) },
        { decode($0, Targets.init, checkTargets) },
        { decode($0, Layout.init, checkLayout) },
        { decode($0, Link.init, checkLink) },
        { decode($0, PublicKey.init(_:), checkKey) },
        checkSignedFile, checkEnvelope, checkInTotoFile,
    ]
    guard let first = input.first else { return }
    if first == UInt8(ascii: "{") {
        for check in checks { check(input) }
    } else {
        checks[Int(first) % checks.count](Array(input.dropFirst()))
    }
}

/// Hands what `read` makes of the document, or of its `signed` member, to `check`; and again
/// what it makes of the same document in canonical order, without white space.
private func decode<Document>(
    _ input: [UInt8], _ read: (JSONValue) throws(JSONError) -> Document,
    _ check: (Document, JSONValue) -> Void
) {
    guard let document = try? JSONDocument(input) else { return }
    let signed = (try? document.root.object())?["signed"]
    guard let result = decoded(signed ?? document.root, read) else { return }
    check(result, signed ?? document.root)
    guard let again = try? JSONDocument((signed ?? document.root).tree().compactBytes()),
        let same = decoded(again.root, read)
    else { return require(false, "what decodes does so in any order of its members") }
    check(same, again.root)
}

private func decoded<Document>(
    _ value: JSONValue, _ read: (JSONValue) throws(JSONError) -> Document
) -> Document? {
    do throws(JSONError) {
        return try read(value)
    } catch {
        requireOneLine("\(error)")
        switch error {
        case .missing, .mismatch: return nil
        default: return require(nil, "\(error) is no error of a decoder")
        }
    }
}

// MARK: containers

private func checkSignedFile(_ input: [UInt8]) {
    guard let file = result({ () throws(SigningError) in try SignedFile(input) }) else { return }
    let ids = file.signatures.map(\.keyID)
    require(Set(ids).count == ids.count, "no key id signs twice")
    require(file.bytes == input, "the file is kept as received")
    guard
        let copy = result({ () throws(SigningError) in
            try SignedFile.bytes(signing: file.signed.tree(), with: [], keeping: file.signatures)
        }), let again = try? SignedFile(copy)
    else { return require(false, "a signed file can be written again") }
    require(
        again.signed.canonicalBytes() == file.signed.canonicalBytes(),
        "what is signed survives a rewrite")
    // Not by `==`, which looks at the order of members, too.
    require(
        again.signatures.map(\.keyID) == ids
            && again.signatures.map(\.value) == file.signatures.map(\.value),
        "signatures survive a rewrite")
    checkSigners(file.signatures, rootOf(file.signed)) { file.count(by: $0) }
}

private func checkEnvelope(_ input: [UInt8]) {
    guard let document = try? JSONDocument(input),
        let envelope = result({ () throws(SigningError) in try Envelope(document) })
    else { return }
    let message = Envelope.message(
        payloadType: envelope.payloadType, payload: envelope.payload)
    require(message.suffix(envelope.payload.count).elementsEqual(envelope.payload), "payload last")
    let payload = (try? JSONDocument(envelope.payload)).map(\.root)
    checkSigners(envelope.signatures, payload) { envelope.count(by: $0) }
}

private func checkInTotoFile(_ input: [UInt8]) {
    guard let file = result({ () throws(SigningError) in try InTotoFile(input) }) else { return }
    switch file.container {
    case .metablock(let inner): require(inner.signatures == file.signatures, "same signatures")
    case .envelope(let inner): require(inner.signatures == file.signatures, "same signatures")
    }
    checkSigners(file.signatures, nil) { file.count(by: $0) }
    // Nobody has signed, so nothing may come of it.
    let nobody = Authority([], threshold: 1)
    let layout = result { () throws(SigningError) in
        try file.verified(by: nobody, decoding: Layout.init)
    }
    require(layout == nil, "a file without an authority is not verified")
}

private func rootOf(_ signed: JSONValue) -> JSONValue? { signed }

/// Counting follows the threshold, whatever the file says about its own keys.
private func checkSigners(
    _ signatures: [Signature], _ signed: JSONValue?, _ count: (Authority) -> SignatureCount
) {
    requireOneLine("\(count(Authority([], threshold: 1)))")
    require(!count(Authority([], threshold: 0)).isMet, "a threshold of 0 is never met")
    guard let keys = (try? signed?.object())?["keys"], let members = try? keys.object() else {
        return
    }
    var entries: [Authority.Entry] = []
    for member in members.prefix(4) {
        guard let key = try? PublicKey(member.value) else { continue }
        entries.append(Authority.Entry(KeyID(member.key), key))
    }
    let counted = count(Authority(entries, threshold: 1))
    let materials = Set(entries.compactMap(\.key.material))
    require(counted.accepted.count <= materials.count, "a key counts once")
    require(counted.accepted.count <= signatures.count, "a signature counts once")
    require(
        !count(Authority(entries, threshold: materials.count + 1)).isMet,
        "more keys than there are cannot sign")
}

private func result<Value>(_ body: () throws(SigningError) -> Value) -> Value? {
    do throws(SigningError) { return try body() } catch {
        requireOneLine("\(error)")
        return nil
    }
}
