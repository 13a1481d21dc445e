// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoVerification
import TUFClient
import TUFMetadata

/// Finds and fetches what vouches for files: through TUF like everything else.
struct EvidenceFiles: Sendable {
    typealias Failure = ReleaseVerifier.Failure

    let search: TargetSearch
    let download: TargetDownload
    let limits: ReleaseVerifier.Limits
    let cache: EvidenceCache?

    /// The links among the files named as evidence, by the names that in-toto knows them by.
    func links(
        _ named: [TargetPath], _ path: TargetPath, _ book: NameBook
    ) async throws(Failure) -> Evidence {
        let links = named.filter { !$0.fileName.hasSuffix(".layout") }
        guard links.count <= limits.links else {
            throw Failure(
                .tooMuchEvidence(path, found: links.count, maximum: limits.links))
        }
        var names = Set<UTF8Text>()
        var wanted: [(name: UTF8Text, file: TargetFile)] = []
        var total = 0
        for link in links {
            let found: FoundTarget
            do throws(Failure) { found = try await find(link) } catch {
                if case .update(.noSuchTarget) = error.error {
                    throw Failure(.evidenceNotPublished(link), names: book)
                }
                throw error
            }
            let name = EvidenceFiles.name(link)
            guard names.insert(name).inserted else {
                throw Failure(.evidenceTwice(link), names: book)
            }
            total = total.addingReportingOverflow(found.file.length).partialValue
            guard (0...limits.evidenceBytes).contains(total) else {
                throw Failure(
                    .tooMuchEvidence(path, found: total, maximum: limits.evidenceBytes))
            }
            wanted.append((name, found.file))
        }
        let received = try await bytes(wanted.map(\.file), limits.linkBytes)
        let files = zip(wanted.map(\.name), received)
        return Evidence(files: Dictionary(uniqueKeysWithValues: files))
    }

    /// A link's name for in-toto: its path below `in-toto-metadata/<digest>/`, so that the links
    /// of a sub-chain keep their folder.
    private static func name(_ path: TargetPath) -> UTF8Text {
        let parts = path.string.split(separator: "/")
        let isFiled = parts.count > 2 && parts[0] == LayoutTarget.folder
        return UTF8Text(parts.dropFirst(isFiled ? 2 : parts.count - 1).joined(separator: "/"))
    }

    func find(_ path: TargetPath) async throws(Failure) -> FoundTarget {
        let found = try await updating { () async throws(UpdateError) in
            try await search.find(path)
        }
        guard let found else { throw Failure(.update(.noSuchTarget(path))) }
        return found
    }

    /// The files' bytes in their order, fetched several at a time.
    func bytes(
        _ files: [TargetFile], _ maximum: Int
    ) async throws(Failure) -> [[UInt8]] {
        typealias Fetched = (index: Int, outcome: Result<[UInt8], UpdateError>)
        let outcomes = await withTaskGroup(of: Fetched.self) { group in
            var outcomes: [Int: Result<[UInt8], UpdateError>] = [:]
            for (index, file) in files.enumerated() {
                if index >= 8, let (done, outcome) = await group.next() {
                    outcomes[done] = outcome
                }
                group.addTask { (index, await fetched(file, maximum)) }
            }
            for await (done, outcome) in group { outcomes[done] = outcome }
            return outcomes
        }
        // In the files' order, so that of several failures the first is told, whoever came first.
        return try updated { () throws(UpdateError) in
            var all: [[UInt8]] = []
            for index in files.indices {
                if let outcome = outcomes[index] { all.append(try outcome.get()) }
            }
            return all
        }
    }

    private func fetched(
        _ file: TargetFile, _ maximum: Int
    ) async -> Result<[UInt8], UpdateError> {
        if let bytes = cache?.bytes(of: file, maximumBytes: maximum) { return .success(bytes) }
        do throws(UpdateError) {
            let bytes = try await download.bytes(of: file, maximumBytes: maximum)
            cache?.keep(bytes, of: file)
            return .success(bytes)
        } catch {
            return .failure(error)
        }
    }

    private func updated<Result>(
        _ body: () throws(UpdateError) -> Result
    ) throws(Failure) -> Result {
        do throws(UpdateError) { return try body() } catch { throw Failure(.update(error)) }
    }

    func updating<Result>(
        _ body: () async throws(UpdateError) -> Result
    ) async throws(Failure) -> Result {
        do throws(UpdateError) { return try await body() } catch {
            throw Failure(.update(error))
        }
    }
}
