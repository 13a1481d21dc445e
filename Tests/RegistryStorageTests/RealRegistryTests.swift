// SPDX-License-Identifier: Apache-2.0
import Testing

/// One registry at a time: some tests measure memory, and each registry takes a good part of a
/// machine.
@Suite("Registry: real ones", .serialized)
struct RealRegistryTests {}
