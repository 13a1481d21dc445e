// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CanonicalJSON
import InTotoRecording
import Releases

/// What `run` and `record` have in common.
struct StepOptions: ParsableArguments {
    @Option(name: [.customShort("n"), .long], help: "Name of the step, as the layout has it.")
    var name: String

    @Option(help: "Key to sign the link with.")
    var key: String

    @Option(parsing: .upToNextOption, help: "Patterns to leave out, as in .gitignore.")
    var exclude: [String] = []

    @Option(help: "Folder that paths start from.")
    var basePath: String?

    @Option(parsing: .upToNextOption, help: "Beginnings of paths to leave out of names.")
    var lstripPaths: [String] = []

    @Flag(help: "Hash files as if their lines ended as on Unix.")
    var normalizeLineEndings = false

    @Flag(inversion: .prefixedNo, help: "Go into symbolic links to folders.")
    var followSymlinkDirs = true

    @Option(
        parsing: .upToNextOption,
        help: """
            Digests to record beside sha256: sha384, sha512, gitoid:blob:sha1, \
            gitoid:blob:sha256. All steps of a layout must record the same.
            """, transform: StepOptions.digest)
    var digests: [ArtifactDigest] = []

    @Flag(help: "Write the link as a DSSE envelope.")
    var dsse = false

    @OptionGroup var keys: KeyOptions

    private static func digest(_ name: String) throws -> ArtifactDigest {
        guard let digest = ArtifactDigest(rawValue: name) else {
            throw ValidationError(
                "digest \(quoted(name)) found, expected one of "
                    + ArtifactDigest.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return digest
    }

    /// The options of a recording; the key is unlocked here, before anything runs.
    func recording(
        materials: [String], products: [String], linkDirectory: String, _ line: RecordingLine?,
        _ set: (inout StepRecording.Options) -> Void = { _ in }
    ) throws -> StepRecording {
        var options = StepRecording.Options()
        options.materials = materials
        options.products = products
        options.artifacts.basePath = basePath
        options.artifacts.lstripPaths = lstripPaths
        options.artifacts.exclude += exclude
        options.artifacts.normalizeLineEndings = normalizeLineEndings
        options.artifacts.followSymlinkDirs = followSymlinkDirs
        options.artifacts.digests += digests
        options.container = dsse ? .envelope : .metablock
        if let line { options.artifacts.onProgress = { line.take($0) } }
        options.linkDirectory = linkDirectory
        options.requiresPaths = true
        set(&options)
        let signer = try keys.directory().signer(named: key)
        forgetPassphrase()
        return try StepRecording(step: UTF8Text(name), signer: signer, options: options)
    }
}

/// Says which paths were passed over.
func remarkSkipped(_ skipped: [SkippedPath]) {
    for path in skipped.prefix(5) { Output.remark("not recorded: \(path)") }
    if skipped.count > 5 { Output.remark("and \(skipped.count - 5) more") }
}

/// `1 material`, `2 materials`.
func counted(_ count: Int, _ word: String) -> String {
    count == 1 ? "1 \(word)" : "\(count) \(word)s"
}
