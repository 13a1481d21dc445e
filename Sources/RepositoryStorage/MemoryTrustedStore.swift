// SPDX-License-Identifier: Apache-2.0
import Synchronization
public import TUFClient
public import TUFMetadata

/// Trusted metadata that lives no longer than the process.
public final class MemoryTrustedStore: TrustedStore {
    private let stored: Mutex<[RoleName: [UInt8]]>

    /// - Parameter files: what is trusted from the start; at least a root, or nothing can be
    ///   verified.
    public init(files: [RoleName: [UInt8]]) { stored = Mutex(files) }

    /// - Parameter root: the root to trust.
    public convenience init(root: [UInt8]) { self.init(files: [.root: root]) }

    /// What is trusted now.
    public var files: [RoleName: [UInt8]] { stored.withLock { $0 } }

    public func load(_ role: RoleName) throws(StoreError) -> [UInt8]? {
        stored.withLock { $0[role] }
    }

    public func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        stored.withLock { $0[role] = bytes }
    }

    public func remove(_ role: RoleName) throws(StoreError) {
        stored.withLock { $0[role] = nil }
    }
}
