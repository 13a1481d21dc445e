// SPDX-License-Identifier: Apache-2.0
package import CanonicalJSON

extension Link {
    /// Writes the `signed` part of the link's file piece by piece: no tree is made of a list of
    /// a million artifacts, and the text need not be in memory as a whole.
    ///
    /// - Parameters:
    ///   - depth: how many containers it stands in.
    ///   - output: what the next piece is added to.
    ///   - flush: called again and again with what has been added; it may empty it.
    package func write<Failure: Error>(
        _ form: JSON.Form, depth: Int = 0, to output: inout [UInt8],
        flush: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let before: [JSON.Member] = [
            .init("_type", "link"), .init("byproducts", byproducts),
            .init("command", .array(command.map(JSON.string))),
            .init("environment", environment),
        ]
        output.append(UInt8(ascii: "{"))
        for member in before {
            begin(member.key, form, depth, &output)
            member.value.write(form, depth + 1, to: &output)
            output.append(UInt8(ascii: ","))
        }
        begin("materials", form, depth, &output)
        try materials.write(form, depth + 1, to: &output, flush: flush)
        output.append(UInt8(ascii: ","))
        begin("name", form, depth, &output)
        JSON.string(name).write(form, depth + 1, to: &output)
        output.append(UInt8(ascii: ","))
        begin("products", form, depth, &output)
        try products.write(form, depth + 1, to: &output, flush: flush)
        JSON.breakLine(form, depth, &output)
        output.append(UInt8(ascii: "}"))
        try flush(&output)
    }

    private func begin(
        _ name: UTF8Text, _ form: JSON.Form, _ depth: Int, _ output: inout [UInt8]
    ) {
        JSON.breakLine(form, depth + 1, &output)
        JSON.string(name).write(form, depth + 1, to: &output)
        output.append(contentsOf: (form == .indented ? ": " : ":").utf8)
    }

    /// The canonical form of the `signed` part: what the older form of a link's file signs.
    package func canonicalBytes() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(materials.plainByteCount + products.plainByteCount + 65_536)
        write(.canonical, to: &output) { _ in }
        return output
    }

    /// How long the `signed` part is without white space, control characters escaped.
    package func compactByteCount() -> Int {
        var output: [UInt8] = []
        var count = 0
        write(.compact, to: &output) { piece in
            count += piece.count
            piece.removeAll(keepingCapacity: true)
        }
        return count
    }
}

extension Artifacts {
    /// How often a piece is handed on.
    private static let pieceBytes = 64 << 10

    fileprivate func write<Failure: Error>(
        _ form: JSON.Form, _ depth: Int, to output: inout [UInt8],
        flush: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let colon = form == .indented ? [UInt8](": ".utf8) : [UInt8](":".utf8)
        output.append(UInt8(ascii: "{"))
        try borrowing { (artifacts) throws(Failure) in
            var flushed = 0
            for index in 0..<artifacts.count {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSON.breakLine(form, depth + 1, &output)
                JSON.append(artifacts.name(index), form, to: &output)
                output.append(contentsOf: colon)
                output.append(UInt8(ascii: "{"))
                for place in 0..<artifacts.digestCount(index) {
                    let (algorithm, hex) = artifacts.digest(place, of: index)
                    if place > 0 { output.append(UInt8(ascii: ",")) }
                    JSON.breakLine(form, depth + 2, &output)
                    JSON.append(algorithm, form, to: &output)
                    output.append(contentsOf: colon)
                    JSON.append(hex, form, to: &output)
                }
                JSON.breakLine(form, depth + 1, &output)
                output.append(UInt8(ascii: "}"))
                if output.count - flushed > Artifacts.pieceBytes {
                    try flush(&output)
                    flushed = output.count
                }
            }
        }
        if !isEmpty { JSON.breakLine(form, depth, &output) }
        output.append(UInt8(ascii: "}"))
    }

    /// How long the list is without white space if nothing in it has to be escaped.
    fileprivate var plainByteCount: Int {
        borrowing { artifacts in
            var count = 2
            for index in 0..<artifacts.count {
                count += artifacts.name(index).count + 6
                for place in 0..<artifacts.digestCount(index) {
                    let (algorithm, hex) = artifacts.digest(place, of: index)
                    count += algorithm.count + hex.count + 6
                }
            }
            return count
        }
    }
}
