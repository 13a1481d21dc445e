// SPDX-License-Identifier: Apache-2.0

/// The folder that would be there after an archive was unpacked, without its contents.
///
/// Nothing has two names in the archive, nothing is written through a link, no link leads out.
public struct UnpackedTree<Content: Sendable>: Sendable {
    private enum Node: Sendable {
        /// - Parameter isListed: whether it has an entry of its own.
        case folder(isListed: Bool)
        case file(Content)
        case link(target: [UInt8])
    }

    private struct Place: Hashable {
        let folder: Int
        let name: [UInt8]
    }

    private struct Child {
        let name: [UInt8]
        let node: Int
    }

    private let limits: ArchiveLimits
    private var nodes: [Node] = [.folder(isListed: false)]
    private var parents = [0]
    private var places: [Place: Int] = [:]
    /// Links, by their names in the archive.
    private var links: [(node: Int, name: [UInt8], root: Int)] = []
    /// The folder that is unpacked into.
    private var base = 0
    /// Files that were there before.
    private var standing: Set<Int> = []

    public init(limits: ArchiveLimits) { self.limits = limits }

    /// Puts a file into the outermost folder that nothing may replace.
    public mutating func addStanding(
        _ name: EntryName, _ content: Content
    ) throws(ArchiveError) {
        standing.insert(try addFile(name, content))
    }

    /// All that follows is put into this folder, which is made.
    ///
    /// - Throws: `.entry(_, .replaces)` if a file is in its place.
    public mutating func enter(_ name: EntryName) throws(ArchiveError) {
        base = 0
        do throws(ArchiveError) { base = try folder(name.segments[...], name) } catch {
            throw .entry(name: name.raw, .replaces)
        }
    }

    public mutating func addFolder(_ name: EntryName) throws(ArchiveError) {
        guard let last = name.segments.last else { return }
        let parent = try folder(name.segments.dropLast(), name)
        guard let node = places[Place(folder: parent, name: last)] else {
            return try add(.folder(isListed: true), Place(folder: parent, name: last))
        }
        guard case .folder(let isListed) = nodes[node] else {
            throw .entry(name: name.raw, .fileAndFolder)
        }
        if isListed { throw .entry(name: name.raw, .duplicate) }
        nodes[node] = .folder(isListed: true)
    }

    /// - Parameter content: what is known of the content; see ``fill(_:with:)``.
    /// - Returns: the file.
    @discardableResult
    public mutating func addFile(
        _ name: EntryName, _ content: Content
    ) throws(ArchiveError) -> Int {
        try add(.file(content), try place(name))
        return nodes.count - 1
    }

    public mutating func fill(_ file: Int, with content: Content) { nodes[file] = .file(content) }

    public mutating func addHardLink(
        _ name: EntryName, to target: EntryName
    ) throws(ArchiveError) {
        let fault = ArchiveError.entry(name: name.raw, .hardLink(target: target.raw))
        var node = base
        for segment in target.segments {
            guard let next = places[Place(folder: node, name: segment)] else { throw fault }
            node = next
        }
        guard case .file(let content) = nodes[node] else { throw fault }
        try add(.file(content), try place(name))
    }

    public mutating func addSymbolicLink(
        _ name: EntryName, to target: [UInt8]
    ) throws(ArchiveError) {
        let leaves = ArchiveError.entry(name: name.raw, .linkLeaves(target: target))
        guard !target.isEmpty, !target.contains(0), target.count <= limits.nameBytes else {
            throw .entry(name: name.raw, .field("link"))
        }
        guard target[0] != UInt8(ascii: "/") else { throw leaves }
        // Even if it leads nowhere now: what it would be must not depend on what is outside.
        var depth = name.segments.count - 1
        for segment in target.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual("..".utf8) { depth -= 1 }
            if !segment.elementsEqual("..".utf8), !segment.elementsEqual(".".utf8) { depth += 1 }
            if depth < 0 { throw leaves }
        }
        try add(.link(target: target), try place(name))
        links.append((nodes.count - 1, name.raw, base))
    }

    /// Removes a file.
    public mutating func remove(_ name: EntryName) {
        guard let last = name.segments.last, name.segments.count == 1 else { return }
        places[Place(folder: 0, name: last)] = nil
    }

    // MARK: places

    private mutating func add(_ node: Node, _ place: Place) throws(ArchiveError) {
        // The folders that the entries are in have no entries themselves, perhaps.
        guard nodes.count <= limits.files * 2 else {
            throw .limit(.files, found: nodes.count, maximum: limits.files * 2)
        }
        places[place] = nodes.count
        nodes.append(node)
        parents.append(place.folder)
    }

    /// A place that nothing has.
    private mutating func place(_ name: EntryName) throws(ArchiveError) -> Place {
        guard let last = name.segments.last else { throw .entry(name: name.raw, .emptyName) }
        let parent = try folder(name.segments.dropLast(), name)
        let place = Place(folder: parent, name: last)
        guard let node = places[place] else { return place }
        if standing.contains(node) { throw .entry(name: name.raw, .replaces) }
        switch nodes[node] {
        case .folder: throw .entry(name: name.raw, .fileAndFolder)
        case .link where name.endsWithSlash: throw .entry(name: name.raw, .fileAndFolder)
        case .file, .link: throw .entry(name: name.raw, .duplicate)
        }
    }

    private mutating func folder(
        _ segments: ArraySlice<[UInt8]>, _ name: EntryName
    ) throws(ArchiveError) -> Int {
        var folder = base
        for (index, segment) in segments.enumerated() {
            let place = Place(folder: folder, name: segment)
            guard let node = places[place] else {
                try add(.folder(isListed: false), place)
                folder = nodes.count - 1
                continue
            }
            switch nodes[node] {
            case .folder: folder = node
            case .file: throw .entry(name: name.raw, .fileAndFolder)
            case .link:
                let link = Array(segments.prefix(index + 1).joined(separator: [0x2F]))
                throw .entry(name: name.raw, .throughLink(at: link))
            }
        }
        return folder
    }

    // MARK: looking

    /// A walk through the tree.
    private struct Walk {
        let children: [[Child]]
        var found: [(path: [UInt8], content: Content)] = []
        /// Names met: links to folders can make very many of few.
        var met = 0
        /// Length of all paths found.
        var bytes = 0
    }

    /// All files, by path from the outermost folder, as one who follows links sees them: under
    /// their own name, and again under that of each link to them or to a folder they are in.
    /// Links that lead nowhere are passed over.
    ///
    /// - Parameter isExcluded: of a path; what is below an excluded folder is not looked at.
    /// - Throws: `.entry(_, .linkLeaves)`, `.entry(_, .linkLoop)`, `.limit`.
    public func files(
        where isExcluded: ([UInt8]) -> Bool
    ) throws(ArchiveError) -> [(path: [UInt8], content: Content)] {
        for link in links { _ = try target(of: link.node, link.name, link.root) }
        var children = [[Child]](repeating: [], count: nodes.count)
        for (place, node) in places {
            children[place.folder].append(Child(name: place.name, node: node))
        }
        var walk = Walk(children: children)
        try visit(0, [], [], isExcluded, &walk)
        return walk.found
    }

    private func visit(
        _ folder: Int, _ path: [UInt8], _ ancestors: [Int], _ isExcluded: ([UInt8]) -> Bool,
        _ walk: inout Walk
    ) throws(ArchiveError) {
        guard ancestors.count <= limits.depth else {
            throw .limit(.depth, found: ancestors.count, maximum: limits.depth)
        }
        for child in walk.children[folder] {
            let path = path.isEmpty ? child.name : path + [UInt8(ascii: "/")] + child.name
            guard path.count <= limits.nameBytes else {
                throw .limit(.nameBytes, found: path.count, maximum: limits.nameBytes)
            }
            walk.met += 1
            walk.bytes += path.count
            guard walk.bytes <= limits.allNamesBytes else {
                throw .limit(.allNamesBytes, found: walk.bytes, maximum: limits.allNamesBytes)
            }
            guard walk.met <= limits.files * 2 else {
                throw .limit(.files, found: walk.met, maximum: limits.files * 2)
            }
            if isExcluded(path) { continue }
            var node = child.node
            if case .link(let target) = nodes[node] {
                guard let end = try self.target(of: node, path, 0) else { continue }
                if end == folder || ancestors.contains(end) {
                    throw .entry(name: path, .linkLoop(target: target))
                }
                node = end
            }
            switch nodes[node] {
            case .folder: try visit(node, path, ancestors + [folder], isExcluded, &walk)
            case .file(let content): walk.found.append((path, content))
            case .link: continue
            }
        }
    }

    /// Where a link ends, as the kernel follows it; `nil` if that is nowhere.
    ///
    /// - Parameter root: the folder that must not be left.
    private func target(
        of link: Int, _ name: [UInt8], _ root: Int
    ) throws(ArchiveError) -> Int? {
        guard case .link(let whole) = nodes[link] else { return link }
        var node = parents[link]
        var rest = Array(whole.split(separator: UInt8(ascii: "/")).reversed())
        var hops = 0
        while let segment = rest.popLast() {
            guard case .folder = nodes[node] else { return nil }
            if segment.elementsEqual(".".utf8) { continue }
            if segment.elementsEqual("..".utf8) {
                guard node != root else { throw .entry(name: name, .linkLeaves(target: whole)) }
                node = parents[node]
                continue
            }
            guard let next = places[Place(folder: node, name: Array(segment))] else { return nil }
            guard case .link(let target) = nodes[next] else {
                node = next
                continue
            }
            hops += 1
            // The kernel gives up here as well.
            guard hops <= 40 else { return nil }
            rest += target.split(separator: UInt8(ascii: "/")).reversed()
        }
        // `a/` of a file leads nowhere.
        if whole.last == UInt8(ascii: "/"), case .file = nodes[node] { return nil }
        return node
    }
}
