// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import SourceFiles
import Yams

/// Reads YAML: the one place that needs its parser, and with it Foundation.
public enum YAMLSource {
    /// The one document of `text`.
    ///
    /// - Throws: ``SourceError`` for what is no YAML, for a field that stands twice, and for more
    ///   values or levels than a source may have.
    public static func read(_ text: String) throws(SourceError) -> SourceNode {
        let start = SourcePlace(line: 1, column: 1)
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch YamlError.duplicatedKeysInMapping(let names, let context) {
            throw SourceError(
                "field \(names.first.map { quoted($0) } ?? "") stands twice",
                at: place(context.mark))
        } catch let error as YamlError {
            throw SourceError(firstLine("\(error)"), at: place(of: error))
        } catch {
            throw SourceError(firstLine("\(error)"), at: start)
        }
        guard let node else { throw SourceError("empty, expected a layout", at: start) }
        var count = 0
        return try copy(node, depth: 0, &count)
    }

    /// A tree of its own. An alias stands for all it names, so few bytes can be many values: they
    /// are counted as they are copied.
    private static func copy(
        _ node: Node, depth: Int, _ count: inout Int
    ) throws(SourceError) -> SourceNode {
        let place = node.mark.map(place) ?? SourcePlace(line: 1, column: 1)
        count += 1
        guard count <= SourceNode.maximumValues else {
            throw SourceError("more than \(SourceNode.maximumValues) values", at: place)
        }
        guard depth <= SourceNode.maximumDepth else {
            throw SourceError("nested deeper than \(SourceNode.maximumDepth) levels", at: place)
        }
        switch node {
        case .scalar(let scalar): return SourceNode(.text(scalar.string), at: place)
        case .sequence(let sequence):
            var nodes: [SourceNode] = []
            for element in sequence { nodes.append(try copy(element, depth: depth + 1, &count)) }
            return SourceNode(.list(nodes), at: place)
        case .mapping(let mapping):
            var entries: [SourceNode.Entry] = []
            for (key, value) in mapping {
                entries.append(
                    SourceNode.Entry(
                        key: try copy(key, depth: depth + 1, &count),
                        value: try copy(value, depth: depth + 1, &count)))
            }
            return SourceNode(.mapping(entries), at: place)
        case .alias:
            throw SourceError("an alias that stands for nothing", at: place)
        }
    }

    private static func place(_ mark: Mark) -> SourcePlace {
        SourcePlace(line: max(1, mark.line), column: max(1, mark.column))
    }

    private static func place(of error: YamlError) -> SourcePlace {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            place(mark)
        case .duplicatedKeysInMapping(_, let context): place(context.mark)
        default: SourcePlace(line: 1, column: 1)
        }
    }

    // Yams quotes the source below its message; the place is said already.
    private static func firstLine(_ text: String) -> String {
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        let words = line.split(separator: ": ")
        return "not YAML, " + (words.count > 2 ? words.suffix(2).joined(separator: ": ") : line)
    }
}
