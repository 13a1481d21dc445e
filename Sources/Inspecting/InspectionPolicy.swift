// SPDX-License-Identifier: Apache-2.0
public import Archives
public import CanonicalJSON
import InTotoMetadata
public import InTotoVerification
import MetadataSigning

/// What inspections may do.
public struct InspectionPolicy: Sendable {
    /// Names of inspections whose commands may run; those that are built in always may.
    public var allowed: Set<UTF8Text> = []
    /// Run them with the rights of the user where they cannot be confined.
    public var isUnsandboxed = false
    public var archives = ArchiveLimits()
    public var commands = CommandLimits()

    public init() {}

    /// A runner for one product.
    public func runner(on file: ProductFile) -> any InspectionRunner {
        AllowedInspections(policy: self, file: file)
    }
}

/// Bounds on a command that is run.
public struct CommandLimits: Sendable {
    public var seconds = 60
    /// Address space of each process.
    public var memoryBytes = 4 << 30
    /// A file that it writes.
    public var fileBytes = 1 << 30
    /// What it says.
    public var outputBytes = 1 << 20
    public var openFiles = 256

    public init() {}
}

/// What is built in, then what was allowed.
private struct AllowedInspections: InspectionRunner {
    let policy: InspectionPolicy
    let file: ProductFile

    func run(
        _ inspection: Inspection, on product: Product
    ) async throws(InspectionFailure) -> InspectionRecord? {
        try await run(inspection, on: product, recording: [.sha256])
    }

    func run(
        _ inspection: Inspection, on product: Product, recording algorithms: [DigestAlgorithm]
    ) async throws(InspectionFailure) -> InspectionRecord? {
        let isAllowed = policy.allowed.contains(inspection.name)
        let builtIn = BuiltInInspections(of: file, limits: policy.archives)
        do throws(InspectionFailure) {
            if let record = try await builtIn.run(
                inspection, on: product, recording: algorithms)
            {
                return record
            }
        } catch {
            guard isAllowed else { throw error }
            // What is not understood may still be run; what was refused stays refused.
            switch error {
            case .notUnderstood, .argumentMissing: break
            default: throw error
            }
        }
        guard isAllowed else { return nil }
        let runner = SandboxedInspections(
            of: file, isUnsandboxed: policy.isUnsandboxed, limits: policy.commands,
            archives: policy.archives)
        return try await runner.run(inspection, on: product, recording: algorithms)
    }
}
