// SPDX-License-Identifier: Apache-2.0
import Archives
import CanonicalJSON
import InTotoRecording
import InTotoVerification
import MetadataSigning

/// One unpacking command on one product.
struct Unpacking {
    let product: Product
    let file: ProductFile
    let algorithms: [DigestAlgorithm]
    let limits: ArchiveLimits

    /// 1. Check that the file is the product. 2. Record the folder that holds it alone. 3. Unpack
    /// it. 4. Check that nobody wrote to it meanwhile. 5. Record the folder again.
    func record(_ command: UnpackingCommand) throws(InspectionFailure) -> InspectionRecord {
        try expectFile(of: command)
        let archive = try reading { () throws(ArchiveError) in try file.open() }
        let state = try reading { () throws(ArchiveError) in try archive.state() }
        let digests = try digests(archive)
        var contents = try FolderContents.empty(algorithms, limits)
        let name = try reading { () throws(ArchiveError) in
            try EntryName(Array(product.name.utf8), limits: limits)
        }
        do throws(ArchiveError) {
            try contents.add(name, digests, isStanding: true)
            let materials = try contents.artifacts()
            try apply(command, archive, &contents)
            guard try archive.state() == state else { throw ArchiveError.changed }
            return InspectionRecord(
                materials: materials, products: try contents.artifacts(), manner: .builtIn)
        } catch {
            throw InspectionFailure(error)
        }
    }

    /// The program would not find any other file.
    private func expectFile(of command: UnpackingCommand) throws(InspectionFailure) {
        let wanted: UTF8Text
        switch command {
        case .nothing: return
        case .zip(let zip):
            if zip.names(product.name) { return }
            wanted = zip.file
        case .tar(let tar): wanted = tar.file
        case .gzip(let gzip): wanted = gzip.file
        case .deb(let deb): wanted = deb.file
        }
        guard isSame(wanted, product.name) else {
            throw .noSuchFile(name: wanted, product: product.name)
        }
    }

    /// The digests that are recorded, after SHA-256 was seen to be the product's.
    private func digests(_ archive: ArchiveFile) throws(InspectionFailure) -> FileDigests {
        var wanted = algorithms
        if !wanted.contains(.sha256) { wanted.append(.sha256) }
        var running = RunningDigests(wanted)
        try reading { () throws(ArchiveError) in
            try archive.read { bytes throws(ArchiveError) in
                if Task.isCancelled { throw .cancelled }
                running.update(bytes)
            }
        }
        let digests = running.finish()
        let sha256 = zip(wanted, digests).first { $0.0 == .sha256 }.map { hex($0.1) } ?? ""
        guard sha256.utf8.elementsEqual((product.digests[.sha256] ?? "").utf8) else {
            throw .productChanged
        }
        return Array(digests.prefix(algorithms.count))
    }

    private func apply(
        _ command: UnpackingCommand, _ archive: ArchiveFile, _ contents: inout FolderContents
    ) throws(ArchiveError) {
        switch command {
        case .nothing: break
        case .tar(let tar): try unpack(tar, archive, &contents)
        case .zip(let zip):
            if let folder = zip.folder { try contents.enter(entryName(folder)) }
            let reader = ZipReader(
                archive, limits: limits, tool: zip.tool)
            try reader.read(&contents)
        case .gzip(let gzip): try unpack(gzip, archive, &contents)
        case .deb(let deb):
            let package = try DebianPackage(archive, limits: limits)
            let folder = try entryName(deb.folder)
            if deb.parts != .control {
                try contents.enter(folder)
                try package.read(package.data, &contents)
            }
            if deb.parts != .data {
                let inside = deb.parts == .both ? UTF8Text("\(deb.folder)/DEBIAN") : deb.folder
                try contents.enter(entryName(inside))
                try package.read(package.control, &contents)
            }
        }
    }

    private func entryName(_ text: UTF8Text) throws(ArchiveError) -> EntryName {
        try EntryName(Array(text.utf8), limits: limits)
    }

    private func unpack(
        _ tar: TarCommand, _ archive: ArchiveFile, _ contents: inout FolderContents
    ) throws(ArchiveError) {
        if let folder = tar.folder { try contents.enter(entryName(folder)) }
        let found = try Packing(of: archive)
        if let packing = tar.packing ?? found {
            var reader = TarReader(
                try Unpacked(FileSource(archive), packing, limits: limits), limits: limits,
                strippedComponents: tar.strippedComponents)
            try reader.read(&contents)
        } else {
            var reader = TarReader(
                FileSource(archive), limits: limits, strippedComponents: tar.strippedComponents)
            try reader.read(&contents)
        }
    }

    private func unpack(
        _ gzip: GzipCommand, _ archive: ArchiveFile, _ contents: inout FolderContents
    ) throws(ArchiveError) {
        guard let name = GzipCommand.unpackedName(product.name) else {
            throw .archive(.gzip, .otherFormat)
        }
        var running = RunningDigests(algorithms)
        var unpacked = try Unpacked(FileSource(archive), .gzip, limits: limits)
        var count = 0
        try unpacked.readAll { bytes throws(ArchiveError) in
            if Task.isCancelled { throw .cancelled }
            count += bytes.count
            guard count <= limits.fileBytes else {
                throw .limit(.fileBytes, found: count, maximum: limits.fileBytes)
            }
            running.update(bytes)
        }
        guard gzip.writesFile else { return }
        try contents.add(entryName(name), running.finish())
        if !gzip.keepsFile { try contents.remove(entryName(product.name)) }
    }

    private func reading<Result: ~Copyable>(
        _ body: () throws(ArchiveError) -> Result
    ) throws(InspectionFailure) -> Result {
        do throws(ArchiveError) { return try body() } catch { throw InspectionFailure(error) }
    }
}

extension InspectionFailure {
    init(_ error: ArchiveError) {
        self = error == .changed ? .productChanged : .notUnpacked("\(error)")
    }
}

extension FolderContents {
    static func empty(
        _ algorithms: [DigestAlgorithm], _ limits: ArchiveLimits
    ) throws(InspectionFailure) -> FolderContents {
        do throws(RecordingError) {
            return try FolderContents(algorithms, limits: limits)
        } catch {
            throw .notUnpacked("\(error)")
        }
    }
}
