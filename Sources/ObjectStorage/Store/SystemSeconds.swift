// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The system's clock, in seconds since 1970.
@Sendable package func systemSeconds() -> Int { time(nil) }
