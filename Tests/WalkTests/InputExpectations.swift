// SPDX-License-Identifier: Apache-2.0
import Testing

extension Stage {
    /// Runs `carnet` on bad input: it says so in one line and at most one hint, on standard
    /// error alone, and leaves the whole stage byte for byte as it was.
    ///
    /// - Parameters:
    ///   - status: the exit code; 2 is that of bad input.
    ///   - words: what the line must say.
    @discardableResult
    func expectFailure(
        _ arguments: [String], status: Int32 = 2, in folder: String = ".", home: String = "home",
        passphrase: String? = Stage.passphrase, openFiles: [Int32: String] = [:],
        saying words: [String] = [], _ place: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let before = try Files.tree(self.folder)
        let outcome = try carnet(
            arguments, in: folder, home: home, passphrase: passphrase, openFiles: openFiles)
        expectOneError(outcome, status: status, saying: words, place)
        let changed = differences(before, try Files.tree(self.folder))
        #expect(changed.isEmpty, "\(outcome)", sourceLocation: place)
        return outcome
    }
}

/// One line `carnet: error: …`, at most one hint, and nothing on standard output.
func expectOneError(
    _ outcome: Outcome, status: Int32, saying words: [String] = [],
    _ place: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: place)
    #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: place)
    expectPlain(outcome, place)
    let lines = outcome.errorLines
    #expect(lines.first?.hasPrefix("carnet: error: ") == true, "\(outcome)", sourceLocation: place)
    #expect((1...2).contains(lines.count), "\(outcome)", sourceLocation: place)
    #expect(
        lines.dropFirst().allSatisfy { $0.hasPrefix("hint: ") }, "\(outcome)",
        sourceLocation: place)
    #expect(lines.first?.hasSuffix(".") == false, "\(outcome)", sourceLocation: place)
    for word in words {
        #expect(
            lines.first?.contains(word) == true, "\(word) expected: \(outcome)",
            sourceLocation: place)
    }
}

/// Nothing that a terminal would take as a command, and nothing that turns a line around.
func expectPlain(_ outcome: Outcome, _ place: SourceLocation = #_sourceLocation) {
    let strange = (outcome.output + outcome.errors).unicodeScalars.filter { scalar in
        scalar != "\n"
            && [.control, .format, .privateUse].contains(scalar.properties.generalCategory)
    }
    #expect(
        strange.isEmpty, "\(strange.map { String($0.value, radix: 16) }): \(outcome)",
        sourceLocation: place)
}
