// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import InTotoVerification
import Releases
import RepositoryStorage

/// The verdict as a page for a browser.
struct PageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the verdict and the supply chain to this file, as a page for a browser.",
            valueName: "file"))
    var html: String?

    /// How much is told of each step; nothing where no page is wanted.
    var explains: TraceBounds? { html.map { _ in TraceBounds() } }

    /// Writes the page, if one is wanted.
    func write(_ page: @autoclosure () -> String) throws {
        guard let html else { return }
        try FileSystem.write(Array(page().utf8), to: html)
    }
}
