// SPDX-License-Identifier: Apache-2.0
public import Archives
public import CanonicalJSON
public import InTotoMetadata
public import InTotoVerification
public import MetadataSigning

/// Does itself what inspections that only unpack would do: `tar -x`, `unzip`, `gzip -d`,
/// `python -m zipfile -e`, `dpkg-deb -x`, `true`. Nothing is written and nothing is run.
///
/// What it gives is what Python's in-toto records where the real program runs in a folder that
/// holds the product alone: the product before; after, the product and the unpacked files, as
/// far as in-toto does not always leave them out. A folder that the command names need not be
/// there before.
public struct BuiltInInspections: InspectionRunner {
    private let file: ProductFile
    private let limits: ArchiveLimits

    public init(of file: ProductFile, limits: ArchiveLimits = ArchiveLimits()) {
        self.file = file
        self.limits = limits
    }

    /// - Returns: `nil` for a program that is not built in.
    /// - Throws: ``InspectionFailure``: `.notUnderstood`, `.noSuchFile`, `.notUnpacked`,
    ///   `.productChanged`.
    public func run(
        _ inspection: Inspection, on product: Product, recording algorithms: [DigestAlgorithm]
    ) async throws(InspectionFailure) -> InspectionRecord? {
        guard let command = try BuiltInInspections.command(inspection.run) else { return nil }
        return try Unpacking(
            product: product, file: file, algorithms: algorithms, limits: limits
        ).record(command)
    }

    public func run(
        _ inspection: Inspection, on product: Product
    ) async throws(InspectionFailure) -> InspectionRecord? {
        try await run(inspection, on: product, recording: [.sha256])
    }

    /// Whether a command is built in.
    ///
    /// - Throws: `.notUnderstood`.
    public static func does(_ command: [UTF8Text]) throws(InspectionFailure) -> Bool {
        try self.command(command) != nil
    }

    private static func command(
        _ words: [UTF8Text]
    ) throws(InspectionFailure) -> UnpackingCommand? {
        do throws(CommandFault) { return try UnpackingCommand(words) } catch {
            switch error {
            case .argument(let argument, let program):
                throw .notUnderstood(
                    argument: argument, program: program,
                    understood: UnpackingCommand.understood[program] ?? "")
            case .missing(let what, let program):
                throw .argumentMissing(
                    what, program: program,
                    understood: UnpackingCommand.understood[program] ?? "")
            }
        }
    }
}
