// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata

/// Rules as a layout lists them.
enum RuleTokens {
    /// What python's `unpack_rule` reads.
    ///
    /// - Throws: `FormatError`.
    static func rule(_ tokens: [UTF8Text]) throws(ToolError) -> ArtifactRule {
        guard let rule = ArtifactRule(tokens: tokens) else {
            throw ToolError(
                .formatError,
                "Wrong rule format, expected MATCH, CREATE, DELETE, MODIFY, ALLOW, DISALLOW or "
                    + "REQUIRE and what belongs to it. Got: \(PythonValue.repr(tokens))")
        }
        return rule
    }
}
