// SPDX-License-Identifier: Apache-2.0
public import Archives
import CanonicalJSON
public import InTotoMetadata
public import InTotoVerification
public import MetadataSigning

/// Runs the commands of inspections that a person allowed, confined by bubblewrap.
///
/// A command finds a folder of its own that holds the product alone, the system read-only, an
/// empty home and `/tmp`, no network, no other process and a small environment; time, memory,
/// files and output are bounded. The folder is removed afterwards whatever happens. Without
/// bubblewrap, or where the system does not let it work, that is a refusal, unless the person
/// asked for commands to be run unsandboxed.
public struct SandboxedInspections: InspectionRunner {
    private let file: ProductFile
    private let isUnsandboxed: Bool
    private let limits: CommandLimits
    private let archives: ArchiveLimits
    private let bubblewrap: String?

    /// - Parameter bubblewrap: the program; looked for in `PATH` if `nil`.
    public init(
        of file: ProductFile, isUnsandboxed: Bool = false,
        limits: CommandLimits = CommandLimits(), archives: ArchiveLimits = ArchiveLimits(),
        bubblewrap: String? = nil
    ) {
        self.file = file
        self.isUnsandboxed = isUnsandboxed
        self.limits = limits
        self.archives = archives
        self.bubblewrap = bubblewrap
    }

    public func run(
        _ inspection: Inspection, on product: Product
    ) async throws(InspectionFailure) -> InspectionRecord? {
        try await run(inspection, on: product, recording: [.sha256])
    }

    /// 1. Put the product into a new folder; it must be the one that is verified. 2. Record the
    /// folder. 3. Run the command in it. 4. Record it again. 5. Remove it.
    public func run(
        _ inspection: Inspection, on product: Product, recording algorithms: [DigestAlgorithm]
    ) async throws(InspectionFailure) -> InspectionRecord? {
        guard !inspection.run.isEmpty else { return nil }
        let words = inspection.run.map(\.string)
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw .notStarted("NUL in the command")
        }
        let folder = try ScratchFolder()
        defer { folder.remove() }
        try folder.add(product, file)
        let materials = try folder.record(algorithms, archives)
        let sandbox = Sandbox(folder: folder, limits: limits, bubblewrap: bubblewrap)
        let manner = try sandbox.run(words, isUnsandboxed: isUnsandboxed)
        return InspectionRecord(
            materials: materials, products: try folder.record(algorithms, archives),
            manner: manner)
    }
}
