// SPDX-License-Identifier: Apache-2.0
import Carnet

// get-release ROOT URL PATH DESTINATION: gets one verified file.
let words = CommandLine.arguments
guard words.count == 5 else { fatalError("usage: get-release ROOT URL PATH DESTINATION") }
do {
    let releases = try TrustedReleases(rootFile: words[1], at: [words[2]], stateFolder: nil)
    let file = try await releases.get(words[3], to: words[4])
    print(file.report)
} catch ReleasesError.refused(let refusal) {
    print(refusal.report)
} catch {
    print("error: \(error)")
}
