// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON
public import InTotoMetadata
public import MetadataSigning

/// Runs the inspections of a layout (in-toto 1.0 §4.3.2) that are more than a no-op.
public protocol InspectionRunner: Sendable {
    /// Runs `inspection` where nothing lies but `product`.
    ///
    /// - Returns: the files there before and after, with their SHA-256; `nil` if this runner does
    ///   not take the command, which refuses the product.
    /// - Throws: ``InspectionFailure`` if the command was run and did not succeed.
    func run(
        _ inspection: Inspection, on product: Product
    ) async throws(InspectionFailure) -> InspectionRecord?

    /// The same, with the digests that the rules compare with; a runner that records SHA-256
    /// alone, as Python does, need not have it.
    ///
    /// - Parameter algorithms: at least one.
    func run(
        _ inspection: Inspection, on product: Product, recording algorithms: [DigestAlgorithm]
    ) async throws(InspectionFailure) -> InspectionRecord?
}

extension InspectionRunner {
    public func run(
        _ inspection: Inspection, on product: Product, recording algorithms: [DigestAlgorithm]
    ) async throws(InspectionFailure) -> InspectionRecord? {
        try await run(inspection, on: product)
    }
}

/// The files an inspection began and ended with.
public struct InspectionRecord: Sendable {
    public let materials: Artifacts
    public let products: Artifacts
    public let manner: InspectionManner

    public init(
        materials: Artifacts, products: Artifacts, manner: InspectionManner = .unsandboxed
    ) {
        self.materials = materials
        self.products = products
        self.manner = manner
    }
}

/// How an inspection was done.
public enum InspectionManner: String, Sendable {
    /// By code of ours; nothing was run.
    case builtIn = "built-in"
    /// By its command, which could reach nothing but the product.
    case sandboxed
    /// By its command, with the rights of the user.
    case unsandboxed
}

/// Why an inspection did not succeed.
public enum InspectionFailure: Error, Equatable, Sendable {
    case exited(status: Int)
    case killed(signal: Int)
    case timedOut(seconds: Int)
    /// The system's own words for why it could not be started.
    case notStarted(String)
    /// It would have to be confined, which this system cannot do; its own words.
    case notConfined(String)
    case tooMuchOutput(maximumBytes: Int)
    /// What it leaves behind is more than this.
    case tooMuchWritten(maximumBytes: Int)
    /// An argument of a command that is built in is not understood.
    case notUnderstood(argument: UTF8Text, program: String, understood: String)
    case argumentMissing(String, program: String, understood: String)
    /// The command reads another file than the product.
    case noSuchFile(name: UTF8Text, product: UTF8Text)
    /// The archive is refused, or what the command leaves; the reader's own words.
    case notUnpacked(String)
    /// The file is not, or not any more, the one that is verified.
    case productChanged
}

extension InspectionFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status) found, 0 expected"
        case .killed(let signal): "killed by signal \(signal)"
        case .timedOut(let seconds): "not done after \(seconds) seconds"
        case .notStarted(let words): "not started, \(quoted(words))"
        case .notConfined(let words): "cannot be confined here, \(quoted(words))"
        case .tooMuchOutput(let maximum): "more than \(maximum) bytes of output"
        case .tooMuchWritten(let maximum): "more than \(maximum) bytes written"
        case .notUnderstood(let argument, let program, let understood):
            "\(program): \(quoted(argument)) found, \(understood) understood"
        case .argumentMissing(let what, let program, let understood):
            "\(program): no \(what) found, \(understood) understood"
        case .noSuchFile(let name, let product):
            "\(shown(name)) is not there, \(shown(product)) is"
        case .notUnpacked(let words): words
        case .productChanged: "the file changed since it was verified"
        }
    }
}
