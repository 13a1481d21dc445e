// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

// The form in which one process hands a source that it read to another: strict JSON with an
// outermost member `node` or `error`; places as `[line, column]`.

extension SourceNode {
    /// Most values that a source may have; aliases make few bytes many.
    public static let maximumValues = 50_000
    /// Most levels of lists and mappings.
    public static let maximumDepth = 24

    /// The outcome of reading, for ``read(_:)``.
    public static func written(_ outcome: Result<SourceNode, SourceError>) -> [UInt8] {
        let json: JSON =
            switch outcome {
            case .success(let node): ["node": node.json]
            case .failure(let error):
                ["error": ["message": .text(error.message), "place": error.place.json]]
            }
        return json.compactBytes()
    }

    /// Takes what ``written(_:)`` gave.
    ///
    /// - Returns: `nil` if it is nothing of that kind.
    public static func read(_ bytes: [UInt8]) -> Result<SourceNode, SourceError>? {
        let limits = JSONLimits(maximumBytes: 64 << 20, maximumDepth: 2 + 4 * maximumDepth)
        guard let document = try? JSONDocument(bytes, limits: limits),
            let object = try? document.root.object()
        else { return nil }
        if let node = object["node"] { return node.sourceNode.map { .success($0) } }
        guard let error = try? object["error"]?.object(),
            let message = try? error.required("message").text().string,
            let place = error["place"]?.sourcePlace
        else { return nil }
        return .failure(SourceError(message, at: place))
    }

    private var json: JSON {
        let value: JSON =
            switch content {
            case .text(let text): .text(text)
            case .list(let nodes): ["list": .array(nodes.map(\.json))]
            case .mapping(let entries):
                ["mapping": .array(entries.map { [$0.key.json, $0.value.json] })]
            }
        return ["at": place.json, "is": value]
    }
}

extension SourcePlace {
    fileprivate var json: JSON { [.integer(line), .integer(column)] }
}

extension JSONValue {
    fileprivate var sourcePlace: SourcePlace? {
        guard let numbers = try? array(), numbers.count == 2,
            let line = try? numbers[0].integer(in: 1...Int(Int32.max)),
            let column = try? numbers[1].integer(in: 1...Int(Int32.max))
        else { return nil }
        return SourcePlace(line: line, column: column)
    }

    fileprivate var sourceNode: SourceNode? {
        guard let object = try? object(), let place = object["at"]?.sourcePlace,
            let value = object["is"], let content = value.sourceContent
        else { return nil }
        return SourceNode(content, at: place)
    }

    private var sourceContent: SourceNode.Content? {
        if let text = try? text() { return .text(text.string) }
        guard let object = try? object() else { return nil }
        if let list = try? object["list"]?.array() {
            var nodes: [SourceNode] = []
            for element in list {
                guard let node = element.sourceNode else { return nil }
                nodes.append(node)
            }
            return .list(nodes)
        }
        guard let pairs = try? object["mapping"]?.array() else { return nil }
        var entries: [SourceNode.Entry] = []
        for pair in pairs {
            guard let parts = try? pair.array(), parts.count == 2,
                let key = parts[0].sourceNode, let value = parts[1].sourceNode
            else { return nil }
            entries.append(SourceNode.Entry(key: key, value: value))
        }
        return .mapping(entries)
    }
}
