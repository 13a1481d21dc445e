// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// Which paths are not recorded: lines as in a `.gitignore`, with the meaning that Python's
/// pathspec 1.1.1 gives them (in-toto 3.1.0 asks it by the name `gitwildmatch`).
///
/// A pattern without a slash, or with one only at its end, matches at any depth; others match
/// from the start of the path. A match of a folder excludes all in it. `**` stands for any
/// number of folders, `!` takes back, the last matching line decides. A blank line, one that
/// begins with `#` and one with a `[` that is not closed match nothing. A line break in a path
/// is a character like any other, which pathspec's regular expressions do not hold.
public struct ExcludePatterns: Sendable {
    /// What in-toto leaves out unless told otherwise.
    public static let standard = ["*.link*", ".git", "*.pyc", "*~"]

    private let rules: [Rule]

    /// - Throws: ``RecordingError/excludePattern(_:_:)``.
    public init(_ lines: [String]) throws(RecordingError) {
        var rules: [Rule] = []
        for line in lines {
            do throws(SegmentGlob.Fault) {
                if let rule = try Rule(line) { rules.append(rule) }
            } catch {
                if case .pattern(let fault) = error { throw .excludePattern(line, fault) }
            }
        }
        self.rules = rules
    }

    /// Whether a normalised path is left out.
    public func excludes(_ path: UTF8Text) -> Bool {
        path.withBytes { excludes(UnsafeRawBufferPointer($0)) }
    }

    func excludes(_ path: UnsafeRawBufferPointer) -> Bool {
        let isAbsolute = path.first == UInt8(ascii: "/")
        let relative = isAbsolute ? UnsafeRawBufferPointer(rebasing: path.dropFirst()) : path
        guard !relative.isEmpty else { return false }
        var best = Match.none
        var excludes = false
        // A line that names a path outweighs all that only name a folder above it.
        for rule in rules.reversed() {
            let match = rule.match(relative)
            guard match > best else { continue }
            best = match
            excludes = !rule.takesBack
            if best == .path { break }
        }
        return excludes
    }
}

/// How a pattern applies to a path.
private enum Match: Int, Comparable {
    case none, folder, path

    static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
}

/// One line.
private struct Rule: Sendable {
    enum Segment: Sendable {
        case folders
        case glob(SegmentGlob)

        var isFolders: Bool { if case .folders = self { true } else { false } }
    }

    /// Whether it began with `!`.
    let takesBack: Bool
    /// The segments from the start of the path, without ``below``.
    private let segments: [Segment]
    /// Set if the pattern names only what is inside: `a/` and `a/**`; what it then counts as.
    private let below: Match?
    /// Set for the usual pattern without a slash.
    private let anywhere: SegmentGlob?

    /// - Returns: `nil` for a line that matches nothing.
    init?(_ line: String) throws(SegmentGlob.Fault) {
        var text = Array(line.unicodeScalars)
        if !line.utf8.suffix(2).elementsEqual("\\ ".utf8) {
            while let last = text.last, last.properties.isWhitespace { text.removeLast() }
        }
        guard let first = text.first, first != "#" else { return nil }
        if text.count == 1, first == "/" { return nil }
        takesBack = first == "!"
        if takesBack { text.removeFirst() }
        guard !text.isEmpty else { throw .pattern(.empty) }
        let endsWithSlash = text.last == "/"
        var segments = try Rule.segments(of: text)
        if segments.count > 1, segments.last?.isFolders == true {
            segments.removeLast()
            below = endsWithSlash ? .folder : .path
        } else if segments.count == 1, segments[0].isFolders, endsWithSlash {
            // `**/`: all that is in some folder.
            segments = [.glob(SegmentGlob.anything)]
            below = .folder
        } else {
            below = nil
        }
        self.segments = segments
        if below == nil, segments.count == 2, segments[0].isFolders,
            case .glob(let glob) = segments[1]
        {
            anywhere = glob
        } else {
            anywhere = nil
        }
    }

    /// The segments of a pattern from the start of the path: `**` goes before one that matches
    /// at any depth and after one that ends with a slash, and does not stand twice in a row.
    private static func segments(
        of text: [Unicode.Scalar]
    ) throws(SegmentGlob.Fault) -> [Segment] {
        let folders: ArraySlice<Unicode.Scalar> = ["*", "*"]
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let endsWithSlash = text.last == "/"
        if parts[0].isEmpty {
            parts.removeFirst()
        } else if parts.count == 1 || (parts.count == 2 && endsWithSlash) {
            parts.insert(folders, at: 0)
        }
        if endsWithSlash, let last = parts.indices.last { parts[last] = folders }
        var segments: [Segment] = []
        for part in parts {
            if part != folders {
                segments.append(.glob(try SegmentGlob(part)))
            } else if segments.last?.isFolders != true {
                segments.append(.folders)
            }
        }
        return segments
    }

    func match(_ path: UnsafeRawBufferPointer) -> Match {
        if let anywhere { return Rule.match(anywhere, in: path) }
        // States of a little automaton: state n has matched the first n segments.
        var states = [Bool](repeating: false, count: segments.count + 1)
        states[0] = true
        enterFolders(&states)
        var best = Match.none
        var start = 0
        while start <= path.count {
            let name = Rule.segment(of: path, from: start)
            start += name.count + 1
            advance(&states, over: name)
            guard states[segments.count] else { continue }
            let isWhole = start > path.count
            if let below {
                if !isWhole { best = max(best, below) }
            } else {
                best = max(best, isWhole ? .path : .folder)
            }
        }
        return best
    }

    private func advance(_ states: inout [Bool], over name: UnsafeRawBufferPointer) {
        var next = [Bool](repeating: false, count: states.count)
        for (index, segment) in segments.enumerated() where states[index] {
            switch segment {
            case .folders: next[index] = true
            case .glob(let glob): if glob.matches(name) { next[index + 1] = true }
            }
        }
        enterFolders(&next)
        states = next
    }

    /// `**` may stand for no folder at all.
    private func enterFolders(_ states: inout [Bool]) {
        for (index, segment) in segments.enumerated() where states[index] && segment.isFolders {
            states[index + 1] = true
        }
    }

    private static func match(_ glob: SegmentGlob, in path: UnsafeRawBufferPointer) -> Match {
        var best = Match.none
        var start = 0
        while start <= path.count {
            let name = segment(of: path, from: start)
            start += name.count + 1
            if glob.matches(name) { best = start > path.count ? .path : .folder }
        }
        return best
    }

    private static func segment(
        of path: UnsafeRawBufferPointer, from start: Int
    ) -> UnsafeRawBufferPointer {
        var end = start
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        return UnsafeRawBufferPointer(rebasing: path[start..<end])
    }
}
