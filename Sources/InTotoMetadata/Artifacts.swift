// SPDX-License-Identifier: Apache-2.0
public import CanonicalJSON

/// The materials or products of a link: artifacts sorted by the bytes of their names.
///
/// They are held as places in the bytes of the link's document, 32 bytes an artifact with one
/// digest; an ``Artifact`` is made of one only when it is asked for.
public struct Artifacts: Sendable, Equatable, RandomAccessCollection {
    let table: ArtifactTable

    /// Takes artifacts with distinct names.
    public init(_ artifacts: [Artifact] = []) {
        var builder = ArtifactTable.Builder()
        for artifact in artifacts {
            artifact.name.withBytes { builder.beginArtifact($0) }
            for digest in artifact.digests {
                digest.algorithm.withBytes { algorithm in
                    digest.hex.withBytes { builder.addDigest(algorithm, $0) }
                }
            }
        }
        table = builder.finish()
    }

    package init(_ builder: consuming ArtifactTable.Builder) { table = builder.finish() }

    package init(_ value: JSONValue) throws(JSONError) {
        table = try ArtifactTable(value)
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { table.rows.count }
    public subscript(position: Int) -> Artifact { table.artifact(at: position) }

    /// The artifact of this name, or `nil`.
    public subscript(name: UTF8Text) -> Artifact? {
        let found = borrowing { artifacts in name.withBytes { artifacts.index(of: $0) } }
        return found.map { table.artifact(at: $0) }
    }

    public static func == (left: Artifacts, right: Artifacts) -> Bool {
        left.count == right.count && left.firstDifference(from: right) == nil
    }

    /// The name of the first artifact, by name, that is not the same in both.
    package func firstDifference(from other: Artifacts) -> UTF8Text? {
        borrowing { left in
            other.borrowing { right in left.firstDifference(from: right) }
        }.map { $0.isOther ? other[$0.index].name : self[$0.index].name }
    }

    var json: JSON {
        .object(
            map { artifact in
                JSON.Member(
                    artifact.name,
                    .object(
                        artifact.digests.map { JSON.Member($0.algorithm, .string($0.hex)) }))
            })
    }

    /// Calls `body` with a view of all artifacts that must not outlive the call.
    package func borrowing<Result, Failure: Error>(
        _ body: (BorrowedArtifacts) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try table.borrowing(body)
    }
}
