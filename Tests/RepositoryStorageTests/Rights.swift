// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A user that is not root: this one, or nobody.
let commonUser: UInt32 = geteuid() == 0 ? 65534 : geteuid()

/// Does something with another user's rights on files; the system lets root do all.
@discardableResult
func withRights<Result>(of user: UInt32, _ body: () throws -> Result) rethrows -> Result {
    let own = setFileSystemUser(user)
    defer { _ = setFileSystemUser(own) }
    return try body()
}

/// `setfsuid(2)`, which Swift does not import: whose rights this thread has on files.
private func setFileSystemUser(_ user: UInt32) -> UInt32 {
    typealias Call = @convention(c) (UInt32) -> UInt32
    return dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: Call.self)(user) } ?? user
}
