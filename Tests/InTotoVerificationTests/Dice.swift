// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Choices that are the same in each run (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(values.count)] }

    /// A text of up to so many of these parts.
    mutating func text(of parts: [String], upTo count: Int) -> UTF8Text {
        UTF8Text((0..<roll(count + 1)).map { _ in pick(parts) }.joined())
    }
}
