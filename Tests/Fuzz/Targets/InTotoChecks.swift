// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning

func checkLayout(_ layout: Layout, _ value: JSONValue) {
    let written = layout.json
    guard let document = try? JSONDocument(written.compactBytes()),
        let again = try? Layout(document.root)
    else { return require(false, "a layout that is written reads again") }
    require(
        again.json.canonicalBytes() == written.canonicalBytes(), "writing changes nothing twice")
    require(again.deviation == nil, "what is written has the usual members")
    for key in layout.keys.values { touchKey(key) }
    let names = layout.steps.map(\.name) + layout.inspections.map(\.name)
    require(Set(names).count == names.count, "steps and inspections have names of their own")
    for step in layout.steps {
        for rule in step.expectedMaterials + step.expectedProducts { checkRule(rule) }
        for id in step.pubkeys where Step.isSafe(name: step.name) {
            let name = Link.fileName(step: step.name, keyID: id)
            require(!name.utf8.contains(UInt8(ascii: "/")), "a link's file stays in its folder")
            require(name.utf8.count <= 255 && name.utf8.first != 0x2E, "and has a fit name")
        }
    }
    for inspection in layout.inspections {
        for rule in inspection.expectedMaterials + inspection.expectedProducts { checkRule(rule) }
    }
}

private func checkRule(_ rule: ArtifactRule) {
    guard let again = ArtifactRule(tokens: rule.tokens) else {
        return require(false, "the tokens of a rule are a rule")
    }
    require(again == rule && again.tokens == rule.tokens, "the same rule")
    switch rule {
    case .create(let pattern), .delete(let pattern), .modify(let pattern), .allow(let pattern),
        .disallow(let pattern):
        if pattern.isLiteral { require(pattern.matches(pattern.text), "a literal is itself") }
    case .require, .match: break
    }
}

func checkLink(_ link: Link, _ value: JSONValue) {
    let written = link.json.canonicalBytes()
    guard let document = try? JSONDocument(link.json.compactBytes()),
        let again = try? Link(document.root)
    else { return require(false, "a link that is written reads again") }
    require(again.json.canonicalBytes() == written, "writing changes nothing")
    if link.deviation == nil {
        require(value.canonicalBytes() == written, "a link of the usual members is kept whole")
    }
    for artifacts in [link.materials, link.products] {
        let names = artifacts.map(\.name)
        require(names == names.sorted() && Set(names).count == names.count, "sorted, once each")
        for artifact in artifacts {
            require(artifacts[artifact.name] == artifact, "an artifact is found by its name")
            require(!artifact.digests.isEmpty, "it has a digest")
        }
        let stranger: UTF8Text = "an artifact that is not there"
        require((artifacts[stranger] != nil) == names.contains(stranger), "no other is found")
    }
}
