// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The clock that the kernel stamps files with; it ticks every few milliseconds, and reading it
/// costs no system call.
enum CoarseClock {
    /// Time since 1970.
    static func now() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return now
    }
}
