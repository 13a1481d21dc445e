// SPDX-License-Identifier: Apache-2.0
import CLinux

/// Keeps this process's memory, which may hold private keys, out of core dumps and from other
/// processes of the same user: `RLIMIT_CORE` becomes 0, also for programs started from here, and
/// the process is marked as not dumpable (`PR_SET_DUMPABLE`, prctl(2)), for a core may be piped
/// to a program without regard to the limit.
///
/// To be called once, before the first key is read.
///
/// - Returns: whether both were done.
@discardableResult
package func forbidCoreDumps() -> Bool { carnet_forbid_dumps() == 0 }
