// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
public import InTotoMetadata

/// Runs the inspections of a layout (in-toto 1.0 §4.3.2) that are more than a no-op.
public protocol InspectionRunner: Sendable {
    /// Runs `inspection` where nothing lies but `product`.
    ///
    /// - Returns: the files there before and after; `nil` if this runner does not take the
    ///   command, which refuses the product.
    /// - Throws: ``InspectionFailure`` if the command was run and did not succeed.
    func run(
        _ inspection: Inspection, on product: Product
    ) async throws(InspectionFailure) -> InspectionRecord?
}

/// The files an inspection began and ended with.
public struct InspectionRecord: Sendable {
    public let materials: Artifacts
    public let products: Artifacts

    public init(materials: Artifacts, products: Artifacts) {
        self.materials = materials
        self.products = products
    }
}

/// Why an inspection's command did not succeed.
public enum InspectionFailure: Error, Equatable, Sendable {
    case exited(status: Int)
    case timedOut(seconds: Int)
    /// The system's own words for why it could not be started.
    case notStarted(String)
}

extension InspectionFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status) found, 0 expected"
        case .timedOut(let seconds): "not done after \(seconds) seconds"
        case .notStarted(let words): "not started, \(quoted(words))"
        }
    }
}
