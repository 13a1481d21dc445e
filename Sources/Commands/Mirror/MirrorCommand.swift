// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct MirrorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Make and keep a verified copy of a repository, and watch over mirrors.",
        discussion: """
            Places are folders, s3://bucket/prefix and oci://registry/name; what is only read \
            from may also be an https: URL or the name of a trusted repository.
            """,
        subcommands: [
            MirrorSyncCommand.self, MirrorStatusCommand.self, MirrorPruneCommand.self,
            MirrorVerifyCommand.self, MirrorCompareCommand.self,
        ])
}
