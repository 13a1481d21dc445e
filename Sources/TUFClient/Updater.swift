// SPDX-License-Identifier: Apache-2.0
public import MetadataSigning
import TUFMetadata

/// Brings the client up to date with a repository: decides by the states, does the requests and
/// the saving itself.
///
/// A repository may have several mirrors. One refresh goes through one of them from beginning to
/// end, so that no state is ever made of files of two; if the mirror fails, the refresh begins
/// again at the next. What was verified and saved before stays, so versions can only rise:
/// no mirror can lead the client back behind what another one showed it.
public struct Updater: Sendable {
    /// Where metadata is, in the order in which it is asked for; each ends in a slash.
    public let mirrors: [String]
    let fetcher: any Fetcher
    let store: any TrustedStore
    let limits: ClientLimits
    let now: Instant
    let notice: @Sendable (UpdateNotice) -> Void

    /// A client of one server.
    ///
    /// - Parameters:
    ///   - metadataURL: with or without a slash at the end.
    ///   - now: judged for every expiry of this refresh.
    public init(
        metadataURL: String, fetcher: any Fetcher, store: any TrustedStore,
        limits: ClientLimits = ClientLimits(), now: Instant
    ) {
        self.init(
            mirrors: [metadataURL], fetcher: fetcher, store: store, limits: limits, now: now)
    }

    /// A client of several mirrors.
    ///
    /// - Parameters:
    ///   - mirrors: URLs, each with or without a slash at the end, the preferred one first.
    ///   - now: judged for every expiry of this refresh.
    ///   - notice: is told of each mirror that failed, and why.
    public init(
        mirrors: [String], fetcher: any Fetcher, store: any TrustedStore,
        limits: ClientLimits = ClientLimits(), now: Instant,
        notice: @escaping @Sendable (UpdateNotice) -> Void = { _ in }
    ) {
        self.mirrors = mirrors.map(withSlash)
        self.fetcher = fetcher
        self.store = store
        self.limits = limits
        self.now = now
        self.notice = notice
    }

    /// The first mirror.
    public var metadataURL: String { mirrors.first ?? "" }

    /// The workflow of TUF 1.0.34 §5, each file saved as soon as it is verified:
    ///
    /// 1. root: from the trusted one up, version by version (§5.3);
    /// 2. timestamp (§5.4);
    /// 3. snapshot, unless the client has the current one (§5.5);
    /// 4. top-level targets, likewise (§5.6).
    ///
    /// - Throws: ``UpdateError``; files saved before stay saved, the others are as they were. If
    ///   all mirrors failed it is the gravest of their errors: a refusal before staleness, and
    ///   both before a server that could not be reached.
    public func refresh() async throws(UpdateError) -> RepositoryState {
        var failures = MirrorFailures()
        for (index, mirror) in mirrors.enumerated() {
            do throws(UpdateError) {
                return try await Refresh(updater: self, mirror: index).run()
            } catch {
                try failures.add(error)
                report(error, of: mirror, after: index)
            }
        }
        throw failures.gravest
    }

    /// Tells of a mirror that failed, where there are several.
    private func report(_ error: UpdateError, of mirror: String, after index: Int) {
        guard mirrors.count > 1 else { return }
        let next = index + 1 < mirrors.count ? mirrors[index + 1] : nil
        notice(.mirrorFailed(url: mirror, error, next: next))
    }

    // MARK: the client's own files

    func load(_ role: RoleName) throws(UpdateError) -> [UInt8]? {
        do throws(StoreError) { return try store.load(role) } catch { throw .store(error) }
    }

    func save(_ bytes: [UInt8], as role: RoleName) throws(UpdateError) {
        do throws(StoreError) { try store.save(bytes, as: role) } catch { throw .store(error) }
    }

    func remove(_ role: RoleName) throws(UpdateError) {
        do throws(StoreError) { try store.remove(role) } catch { throw .store(error) }
    }

    // MARK: files of a server

    /// A file of a mirror, or `nil` if it answers with 404.
    func fetch(
        _ name: String, at mirror: String, _ maximum: Int
    ) async throws(UpdateError) -> [UInt8]? {
        // A role's percent signs are part of its file name: the server decodes a URL once.
        let url = mirror + name
        do throws(FetchError) {
            return try await fetcher.fetch(url, maximumBytes: maximum)
        } catch {
            if error.reason == .notFound { return nil }
            throw .fetch(file: name, error)
        }
    }
}

func withSlash(_ url: String) -> String { url.utf8.last == 0x2F ? url : url + "/" }
