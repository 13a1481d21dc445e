// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import TUFMetadata

/// An entry of a layout's `applies-to`: which target paths it governs, and the parameters that
/// a path gives, as in `demo/{version}/demo-{version}-*.whl`.
///
/// Matched segment by segment. `*` any run, `?` one character, `{name}` one or more of
/// `A-Za-z0-9._+-`; one name has one value throughout. A path that fits in two ways is refused,
/// or two clients could read two versions out of it.
public struct PathTemplate: Sendable, Hashable, CustomStringConvertible {
    public let text: UTF8Text
    /// The names in braces.
    public let parameters: Set<String>
    private let segments: [[Token]]

    private enum Token: Sendable, Hashable {
        case byte(UInt8)
        case anyByte
        case anyRun
        case parameter(String)
    }

    /// What a path gives.
    public enum Fit: Sendable, Equatable {
        case none
        case one([String: String])
        /// More than one reading.
        case ambiguous
    }

    /// Reads a template; `nil` if its braces are unbalanced or hold no name.
    public init?(_ text: UTF8Text) {
        var segments: [[Token]] = []
        var names: Set<String> = []
        for part in text.string.utf8.split(separator: slash, omittingEmptySubsequences: false) {
            guard !part.isEmpty, let tokens = PathTemplate.tokens(Array(part), &names) else {
                return nil
            }
            segments.append(tokens)
        }
        guard !segments.isEmpty else { return nil }
        self.text = text
        self.segments = segments
        parameters = names
    }

    private static func tokens(_ bytes: [UInt8], _ names: inout Set<String>) -> [Token]? {
        var tokens: [Token] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "*"):
                if tokens.last != .anyRun { tokens.append(.anyRun) }
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "}"): return nil
            case UInt8(ascii: "{"):
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
                    return nil
                }
                let name = bytes[(index + 1)..<end]
                guard !name.isEmpty, name.allSatisfy(isNameByte) else { return nil }
                let string = String(decoding: name, as: UTF8.self)
                names.insert(string)
                tokens.append(.parameter(string))
                index = end
            case let byte: tokens.append(.byte(byte))
            }
            index += 1
        }
        return tokens
    }

    /// Whether and how `path` fits.
    public func fit(_ path: TargetPath) -> Fit {
        let parts = path.string.utf8.split(separator: slash, omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return .none }
        var search = Search(limit: 2)
        search.match(segments, parts.map { Array($0) }, 0, [:])
        switch search.found.count {
        case 0: return search.isExhausted ? .ambiguous : .none
        case 1: return search.isExhausted ? .ambiguous : .one(search.found[0])
        default: return .ambiguous
        }
    }

    /// Target paths for a file of this name, most likely first: those of the shortest values.
    ///
    /// Empty if the last segment does not fit, or if a folder has a wildcard in it.
    public func paths(forFileName name: String) -> [TargetPath] {
        guard let last = segments.last else { return [] }
        var search = Search(limit: 64)
        search.match([last], [Array(name.utf8)], 0, [:])
        return search.found.compactMap { values in
            var folders: [String] = []
            for segment in segments.dropLast() {
                guard let folder = PathTemplate.filled(segment, values) else { return nil }
                folders.append(folder)
            }
            let path = (folders + [name]).joined(separator: "/")
            return TargetPath(UTF8Text(path))
        }
    }

    /// The names in braces in the last segment.
    public var fileNameParameters: Set<String> {
        Set(
            (segments.last ?? []).compactMap { token in
                if case .parameter(let name) = token { name } else { nil }
            })
    }

    /// Whether a wildcard stands in the segment of a parameter that is no folder of its own.
    public var isAmbiguous: Bool {
        let settled = segments.compactMap { segment -> String? in
            if segment.count == 1, case .parameter(let name) = segment[0] { name } else { nil }
        }
        return segments.contains { segment in
            let hasWildcard = segment.contains { $0 == .anyRun || $0 == .anyByte }
            return hasWildcard
                && segment.contains { token in
                    if case .parameter(let name) = token { !settled.contains(name) } else { false }
                }
        }
    }

    /// A path that fits, to try out what a repository says of such paths.
    public var sample: TargetPath? {
        var parts: [String] = []
        for segment in segments {
            var bytes: [UInt8] = []
            for token in segment {
                switch token {
                case .byte(let byte): bytes.append(byte)
                case .anyByte, .anyRun: bytes.append(UInt8(ascii: "x"))
                case .parameter: bytes.append(UInt8(ascii: "1"))
                }
            }
            parts.append(String(decoding: bytes, as: UTF8.self))
        }
        return TargetPath(UTF8Text(parts.joined(separator: "/")))
    }

    private static func filled(_ tokens: [Token], _ values: [String: String]) -> String? {
        var bytes: [UInt8] = []
        for token in tokens {
            switch token {
            case .byte(let byte): bytes.append(byte)
            case .anyByte, .anyRun: return nil
            case .parameter(let name):
                guard let value = values[name] else { return nil }
                bytes.append(contentsOf: value.utf8)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    public static func == (left: PathTemplate, right: PathTemplate) -> Bool {
        left.text == right.text
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public var description: String { text.string }

    /// Tries all readings, shortest values first, up to a number of results and of steps.
    private struct Search {
        let limit: Int
        var found: [[String: String]] = []
        var steps = 0

        init(limit: Int) { self.limit = limit }

        /// Too much work to be sure: treated as a path that cannot be read.
        var isExhausted: Bool { steps > 200_000 }

        mutating func match(
            _ segments: [[Token]], _ parts: [[UInt8]], _ segment: Int, _ values: [String: String]
        ) {
            guard segment < segments.count else {
                if !found.contains(values) { found.append(values) }
                return
            }
            match(segments[segment][...], parts[segment][...], values) { search, values in
                search.match(segments, parts, segment + 1, values)
            }
        }

        private mutating func match(
            _ tokens: ArraySlice<Token>, _ bytes: ArraySlice<UInt8>, _ values: [String: String],
            _ next: (inout Search, [String: String]) -> Void
        ) {
            steps += 1
            guard found.count < limit, !isExhausted else { return }
            guard let token = tokens.first else {
                if bytes.isEmpty { next(&self, values) }
                return
            }
            let rest = tokens.dropFirst()
            switch token {
            case .byte(let byte):
                if bytes.first == byte { match(rest, bytes.dropFirst(), values, next) }
            case .anyByte:
                if !bytes.isEmpty { match(rest, bytes.dropFirst(), values, next) }
            case .anyRun:
                for start in bytes.startIndex...bytes.endIndex {
                    match(rest, bytes[start...], values, next)
                }
            case .parameter(let name):
                if let value = values[name] {
                    guard bytes.starts(with: value.utf8) else { return }
                    match(rest, bytes.dropFirst(value.utf8.count), values, next)
                    return
                }
                var end = bytes.startIndex
                while end < bytes.endIndex, isValueByte(bytes[end]) {
                    end += 1
                    var extended = values
                    extended[name] = String(
                        decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
                    match(rest, bytes[end...], extended, next)
                }
            }
        }
    }
}

private let slash = UInt8(ascii: "/")

private func isNameByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

private func isValueByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "._+-".utf8.contains(byte)
}
