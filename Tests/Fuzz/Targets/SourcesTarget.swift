// SPDX-License-Identifier: Apache-2.0
import SourceFiles

/// What one process hands to another about a source that it read.
func fuzzSources(_ input: [UInt8]) {
    guard let outcome = SourceNode.read(input) else { return }
    if case .success(let node) = outcome {
        require(depth(of: node) <= 2 + 4 * SourceNode.maximumDepth, "the depth is bounded")
        checkPlaces(node)
    }
    let written = SourceNode.written(outcome)
    guard let again = SourceNode.read(written) else {
        return require(false, "what is written reads again")
    }
    // Not by `==`, which takes two texts for one that Unicode calls equivalent.
    require(SourceNode.written(again) == written, "as the same")
}

private func checkPlaces(_ node: SourceNode) {
    require(node.place.line >= 1 && node.place.column >= 1, "places are counted from 1")
    switch node.content {
    case .text: break
    case .list(let nodes): nodes.forEach(checkPlaces)
    case .mapping(let entries):
        for entry in entries {
            checkPlaces(entry.key)
            checkPlaces(entry.value)
        }
    }
}

private func depth(of node: SourceNode) -> Int {
    switch node.content {
    case .text: 1
    case .list(let nodes): 1 + (nodes.map(depth).max() ?? 0)
    case .mapping(let entries):
        1 + (entries.flatMap { [depth(of: $0.key), depth(of: $0.value)] }.max() ?? 0)
    }
}
