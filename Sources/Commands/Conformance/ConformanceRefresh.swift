// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import TUFClient

struct ConformanceRefresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Bring the metadata of the top-level roles up to date.")

    @OptionGroup var options: ConformanceOptions

    func run() async throws {
        try await conforming {
            _ = try await ConformanceClient(options).refresh()
        }
    }
}
