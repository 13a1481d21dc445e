// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a repository over HTTP, for a start and for tests.",
        discussion: """
            Only metadata/ and targets/ are served, never a key or a layout's source. For the \
            world any static web server does: what it serves is verified by whoever gets it.
            """)

    @Argument(help: "Folder of the repository.")
    var directory = "."

    @Option(help: "Port; 0 for a free one.")
    var port = 8080

    @Option(help: "Address to listen at.")
    var address = "127.0.0.1"

    func run() throws {
        try Helper.become(["serve", directory, address, String(port)])
    }
}
