// SPDX-License-Identifier: Apache-2.0

/// Answers to requests for a part of a file, honest ones and all others.
extension HostileExchange {
    package enum RangeLie: String, CaseIterable, Sendable {
        /// A part that begins one byte later, or one byte earlier.
        case laterStart, earlierStart
        /// A part that ends before the file does.
        case earlierEnd
        /// A file that is one byte longer than it was.
        case otherTotal
        /// A last byte beyond the file.
        case endBeyondTotal
        /// A `Content-Length` that does not go with the part.
        case otherLength
        /// No `Content-Range` at all, two of them, or one that is none.
        case noRange, twoRanges, nonsense
        /// Another unit than bytes.
        case otherUnit
        /// Numbers beyond 64 bits.
        case hugeNumbers
        /// Several parts in one body.
        case multipart
    }

    /// A file; of one that is asked for in part, the part.
    ///
    /// - Parameters:
    ///   - entityTag: with its quotes; a part that is asked for under another one is not given.
    ///   - headers: further lines.
    package func file(
        _ body: [UInt8], entityTag: String? = nil, headers: [String] = []
    ) -> Bool {
        let headers = headers + (entityTag.map { ["ETag: \($0)"] } ?? [])
        guard let start = request.rangeStart, isCurrent(entityTag) else {
            return answer(headers: headers, body: body)
        }
        guard start < body.count else { return unsatisfiable(body.count) }
        return part(
            Array(body[start...]), "bytes \(start)-\(body.count - 1)/\(body.count)", headers)
    }

    /// Answers every request with the whole file.
    package func fileIgnoringRange(_ body: [UInt8], headers: [String] = []) -> Bool {
        answer(headers: headers, body: body)
    }

    /// No such part, whatever it was.
    package func unsatisfiable(_ total: Int) -> Bool {
        answer("416 Range Not Satisfiable", headers: ["Content-Range: bytes */\(total)"])
    }

    /// A part of a file that was asked for as a whole.
    package func partUnasked(_ body: [UInt8], from start: Int) -> Bool {
        part(Array(body[start...]), "bytes \(start)-\(body.count - 1)/\(body.count)", [])
    }

    /// The rest of the file, wrongly given.
    package func file(_ body: [UInt8], rangeLie lie: RangeLie) -> Bool {
        let start = request.rangeStart ?? 0
        let last = body.count - 1
        let total = body.count
        let rest = Array(body[start...])
        switch lie {
        case .laterStart:
            return part(Array(body[(start + 1)...]), "bytes \(start + 1)-\(last)/\(total)", [])
        case .earlierStart:
            return part(Array(body[(start - 1)...]), "bytes \(start - 1)-\(last)/\(total)", [])
        case .earlierEnd:
            return part(rest.dropLast(), "bytes \(start)-\(last - 1)/\(total)", [])
        case .otherTotal: return part(rest + [0], "bytes \(start)-\(total)/\(total + 1)", [])
        case .endBeyondTotal: return part(rest + [0], "bytes \(start)-\(total)/\(total)", [])
        case .otherLength: return part(rest + [0], "bytes \(start)-\(last)/\(total)", [])
        case .noRange: return answer("206 Partial Content", body: rest)
        case .twoRanges:
            return part(
                rest, "bytes \(start)-\(last)/\(total)", ["Content-Range: bytes 0-\(last)/\(total)"]
            )
        case .nonsense: return part(rest, "bytes \(last)-\(start)/\(total)", [])
        case .otherUnit: return part(rest, "lines \(start)-\(last)/\(total)", [])
        case .hugeNumbers:
            return part(rest, "bytes \(start)-\(last)/99999999999999999999999", [])
        case .multipart: return multipart(rest, "bytes \(start)-\(last)/\(total)")
        }
    }

    private func part(_ bytes: some Collection<UInt8>, _ range: String, _ headers: [String])
        -> Bool
    {
        answer(
            "206 Partial Content", headers: ["Content-Range: \(range)"] + headers,
            body: Array(bytes))
    }

    private func multipart(_ bytes: [UInt8], _ range: String) -> Bool {
        let head = "--b\r\nContent-Type: text/plain\r\nContent-Range: \(range)\r\n\r\n"
        return answer(
            "206 Partial Content", headers: ["Content-Type: multipart/byteranges; boundary=b"],
            body: Array(head.utf8) + bytes + Array("\r\n--b--\r\n".utf8))
    }

    private func isCurrent(_ entityTag: String?) -> Bool {
        guard let condition = request.value(of: "If-Range") else { return true }
        return condition == entityTag
    }
}
