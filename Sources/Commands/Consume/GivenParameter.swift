// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import InTotoVerification

/// A value for a layout's parameter, as in `package_version=2.5`.
struct GivenParameter {
    let name: String
    let value: String

    /// - Throws: `ValidationError` for what is no such word, or could be a pattern or a path.
    init(_ text: String) throws {
        guard let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw ValidationError("NAME=VALUE expected.")
        }
        name = String(text[..<sign])
        value = String(text[text.utf8.index(after: sign)...])
        do throws(SupplyChainError) { _ = try Parameters([name: value]) } catch {
            throw ValidationError("\(error).")
        }
    }
}
