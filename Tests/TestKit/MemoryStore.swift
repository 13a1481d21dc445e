// SPDX-License-Identifier: Apache-2.0
import Synchronization
package import TUFClient
package import TUFMetadata

/// A client's trusted metadata in memory, with a log of what was done to it.
package final class MemoryStore: TrustedStore {
    package enum Event: Sendable, Equatable {
        case saved(RoleName)
        case removed(RoleName)
    }

    private struct State {
        var files: [RoleName: [UInt8]] = [:]
        var events: [Event] = []
        var full: Set<RoleName> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// What is trusted now.
    package var files: [RoleName: [UInt8]] { state.withLock { $0.files } }

    /// The saves and removals so far, in order.
    package var events: [Event] { state.withLock { $0.events } }

    package func forgetEvents() { state.withLock { $0.events = [] } }

    /// Puts a file there, or takes it away, past the log.
    package subscript(role: RoleName) -> [UInt8]? {
        get { state.withLock { $0.files[role] } }
        set { state.withLock { $0.files[role] = newValue } }
    }

    /// Lets every save of this role meet a full disk.
    package func refuseSaves(of role: RoleName) {
        state.withLock { _ = $0.full.insert(role) }
    }

    /// What a refused save throws.
    package static func diskFull(_ role: RoleName) -> StoreError {
        StoreError(path: role.fileName(), reason: "No space left on device")
    }

    package func load(_ role: RoleName) throws(StoreError) -> [UInt8]? { self[role] }

    package func save(_ bytes: [UInt8], as role: RoleName) throws(StoreError) {
        let isSaved = state.withLock { state in
            if state.full.contains(role) { return false }
            state.files[role] = bytes
            state.events.append(.saved(role))
            return true
        }
        if !isSaved { throw MemoryStore.diskFull(role) }
    }

    package func remove(_ role: RoleName) throws(StoreError) {
        state.withLock { state in
            state.files[role] = nil
            state.events.append(.removed(role))
        }
    }
}
