// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoTools
import MetadataSigning

/// The first byte picks what the rest is: a link or layout as Python's in-toto loads it, or a
/// public key in PEM.
func fuzzTools(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    if first % 4 == 3 { checkPEM(rest) } else { checkDocument(rest) }
}

private let moment = Instant(seconds: 1_800_000_000)

private func checkDocument(_ bytes: [UInt8]) {
    let strict = try? JSONDocument(bytes, limits: JSONLimits(maximumDepth: 64))
    let value: PythonValue
    do throws(ToolError) { value = try PythonJSON.value(of: bytes) } catch {
        require(strict == nil, "Python takes all JSON that is well formed")
        requireOneLine("\(error.kind)")
        return
    }
    if let strict {
        let bytes = try? value.canonicalTree().canonicalBytes()
        require(bytes == strict.root.canonicalBytes(), "as what it says")
    }
    let document: ToolDocument
    let payload: ToolDocument.Payload
    do throws(ToolError) {
        document = try ToolDocument(bytes, at: moment)
        payload = try document.payload()
    } catch {
        requireOneLine("\(error.kind)")
        return
    }
    switch payload {
    case .link(let link): checkLink(link, bytes)
    case .layout(let layout): _ = try? layout.json()
    }
    guard let tree = try? payload.json() else { return }
    let again: JSON = ["signatures": [], "signed": tree]
    let other = try? ToolDocument(again.compactBytes(), at: moment).payload()
    require(
        (try? other?.json().canonicalBytes()) == tree.canonicalBytes(),
        "what is written reads the same")
}

/// The strict reading gives the same artifacts, where it gives any.
private func checkLink(_ link: LinkDocument, _ bytes: [UInt8]) {
    guard let file = try? InTotoFile(bytes), file.type == "link" else { return }
    let strict: Link?
    switch file.container {
    case .metablock(let file): strict = try? Link(file.signed)
    case .envelope(let envelope):
        strict = (try? JSONDocument(envelope.payload)).flatMap { try? Link($0.root) }
    }
    guard let strict else { return }
    require(strict.materials == link.materials, "of the same materials")
    require(strict.products == link.products, "and products")
    require(link.name.text == strict.name, "and name")
}

private func checkPEM(_ bytes: [UInt8]) {
    do throws(ToolError) {
        let key = try PublicPEM.key(bytes)
        let pem = require(key.pem, "a key that is read has a form in PEM")
        let again = try? PublicPEM.key(Array(pem.utf8))
        require(again?.material == key.material && key.material != nil, "that is the same key")
    } catch {
        requireOneLine("\(error.kind)")
    }
}
