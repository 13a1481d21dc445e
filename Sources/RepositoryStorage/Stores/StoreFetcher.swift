// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
package import TUFClient

/// A store as a client reads a repository: what is at a URL of its own below ``metadataURL`` and
/// ``targetsURL``.
package struct StoreFetcher: Fetcher {
    private let store: any RepositoryStore
    private let base: String

    package init(_ store: any RepositoryStore) {
        self.store = store
        // Its place, so that messages say where a file was looked for.
        base = store.place.utf8.last == UInt8(ascii: "/") ? store.place : store.place + "/"
    }

    package var metadataURL: String { base + "metadata/" }
    package var targetsURL: String { base + "targets/" }

    package func fetch(_ url: String, maximumBytes: Int) async throws(FetchError) -> [UInt8] {
        let name = try name(of: url)
        let file: StoredFile?
        do throws(RepositoryStoreError) {
            file = try await store.read(name, maximumBytes: maximumBytes)
        } catch {
            throw FetchError(url: url, reason: reason(error))
        }
        guard let file else { throw FetchError(url: url, reason: .notFound) }
        return file.bytes
    }

    package func stream(
        _ url: String, from offset: Int, maximumBytes: Int, into sink: any FetchSink
    ) async throws(FetchError) {
        let name = try name(of: url)
        let isThere: Bool
        do throws(RepositoryStoreError) {
            isThere = try await store.stream(
                name, from: offset, maximumBytes: maximumBytes, into: sink)
        } catch {
            // What a store says of a part that it has not.
            if offset > 0, case .unexpected(let words) = error.reason {
                throw FetchError(url: url, reason: .rangeRefused(words))
            }
            throw FetchError(url: url, reason: reason(error))
        }
        guard isThere else { throw FetchError(url: url, reason: .notFound) }
    }

    /// A role's percent signs are part of its file's name; those of a target's URL are not.
    private func name(of url: String) throws(FetchError) -> UTF8Text {
        let bytes = Array(url.utf8)
        guard bytes.starts(with: base.utf8) else {
            throw FetchError(url: url, reason: .unreachable("not in \(store.place)"))
        }
        let rest = bytes[base.utf8.count...]
        guard rest.starts(with: "targets/".utf8) else {
            return UTF8Text(String(decoding: rest, as: UTF8.self))
        }
        guard let name = decoded(rest) else { throw FetchError(url: url, reason: .notFound) }
        return UTF8Text(name)
    }

    private func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var output: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            output.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: output, as: UTF8.self)
    }

    private func reason(_ error: RepositoryStoreError) -> FetchError.Reason {
        switch error.reason {
        case .tooLarge(let maximum): .tooLarge(maximumBytes: maximum)
        case .sinkRefused: .sinkRefused
        case .cancelled: .cancelled
        case .busy(let status): .status(status)
        default: .unreachable("\(error.reason)")
        }
    }
}
