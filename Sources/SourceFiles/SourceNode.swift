// SPDX-License-Identifier: Apache-2.0

/// Where something stands in a source file, both counted from 1.
public struct SourcePlace: Sendable, Equatable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a source that people write, and where it stands.
///
/// It knows nothing of the language it was written in: who reads layouts needs no YAML parser.
public struct SourceNode: Sendable, Equatable {
    public indirect enum Content: Sendable, Equatable {
        case text(String)
        case list([SourceNode])
        /// Keys and values in the order of the file; no key stands twice.
        case mapping([Entry])
    }

    public struct Entry: Sendable, Equatable {
        public let key: SourceNode
        public let value: SourceNode

        public init(key: SourceNode, value: SourceNode) {
            self.key = key
            self.value = value
        }
    }

    public let content: Content
    public let place: SourcePlace

    public init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }
}

/// Why a source could not be read as what it should be, and where.
public struct SourceError: Error, Equatable, Sendable {
    public let place: SourcePlace
    public let message: String

    public init(_ message: String, at place: SourcePlace) {
        self.message = message
        self.place = place
    }
}

/// Reads the text of a source into nodes.
public typealias SourceReader = @Sendable (_ text: String) throws(SourceError) -> SourceNode
