// SPDX-License-Identifier: Apache-2.0
import Synchronization
public import TUFClient
public import TUFMetadata

/// A store over another one: reads from it, and keeps in memory what is saved, so that the one
/// below stays as it is. For audits of another moment, and where nothing can be written.
public final class OverlayTrustedStore: TrustedStore {
    private let base: any TrustedStore
    /// A role that was removed here is there with no bytes.
    private let changes = Mutex<[RoleName: [UInt8]?]>([:])

    public init(over base: any TrustedStore) { self.base = base }

    public func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        if let change = changes.withLock({ $0[role] }) { return change }
        return try base.load(role)
    }

    public func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        changes.withLock { _ = $0.updateValue(bytes, forKey: role) }
    }

    public func remove(_ role: RoleName) throws(StoreError) {
        changes.withLock { _ = $0.updateValue(nil, forKey: role) }
    }
}
