// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient

/// The first four bytes say what is asked for, the status and how much of a body comes; then
/// header lines, each ended by a line feed.
func fuzzAnswers(_ input: [UInt8]) {
    guard input.count > 4 else { return }
    let text = Array(input.dropFirst(4))
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { Array($0) + [0x0A] }
    var fields = AnswerFields()
    for line in lines { line.withUnsafeBytes { fields.receive($0) } }
    checkFields(fields, lines)
    checkRange(text)
    checkAnswer(input, lines)
}

// MARK: fields

/// All lines at once, as the rules are written down: the last of a name counts, of ranges one.
private func checkFields(_ fields: AnswerFields, _ lines: [[UInt8]]) {
    func values(_ name: String) -> [[UInt8]] {
        lines.compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                lower(line[..<colon]).elementsEqual(name.utf8)
            else { return nil }
            let isBlank = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
            return Array(
                Array(line[(colon + 1)...].drop(while: isBlank).reversed())
                    .drop(while: isBlank).reversed())
        }
    }
    let numbers = values("content-length").map { $0.prefix { (0x30...0x39).contains($0) } }
    let length = numbers.last { !$0.isEmpty }.map { Int($0.repaired) ?? Int.max }
    require(fields.length == length, "the length is the last one's")
    let ranges = values("content-range")
    require(
        fields.range == (ranges.count == 1 ? ContentRange(ranges[0]) : nil),
        "a range counts if there is one")
    let type = values("content-type").last.map(lower)
    require(
        fields.isMultipart == (type?.starts(with: "multipart/".utf8) ?? false), "several parts")
    let encoding = values("transfer-encoding").last { !lower($0).elementsEqual("chunked".utf8) }
    require(fields.encoding == encoding, "an encoding that nobody undoes is noticed")
    if let tag = fields.entityTag {
        require(tag == values("etag").last, "the tag is the last one's, as it came")
        require(tag.count >= 2 && tag.first == 0x22 && tag.last == 0x22, "a strong tag is quoted")
        require(
            tag.dropFirst().dropLast().allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 },
            "and can be sent back in one line")
    }
}

private func lower(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
}

// MARK: ranges

/// RFC 9110 §14.4 read by splitting a text.
private func checkRange(_ bytes: [UInt8]) {
    let range = ContentRange(bytes)
    require(range == reference(bytes), "a range is read as its grammar says")
    guard let range else { return }
    // Written again it is the same.
    let written: String
    switch range {
    case .part(let first, let last, let total):
        require(first >= 0 && first <= last && last < total ?? .max, "a part is in the file")
        written = "bytes \(first)-\(last)/\(total.map(String.init) ?? "*")"
        checkEnds(first, last)
    case .lacking(let total): written = "bytes */\(total)"
    }
    require(ContentRange(Array(written.utf8)) == range, "a range that is written reads the same")
}

/// The last byte is in the file, and not before the first.
private func checkEnds(_ first: Int, _ last: Int) {
    func read(_ text: String) -> ContentRange? { ContentRange(Array(text.utf8)) }
    require(read("bytes \(first)-\(last)/\(last)") == nil, "a part ends before the file's end")
    require(
        read("bytes \(first)-\(last)/\(last + 1)")
            == .part(first: first, last: last, total: last + 1), "or with it")
    require(first == 0 || read("bytes \(first)-\(first - 1)/*") == nil, "a part has a byte")
}

private func reference(_ bytes: [UInt8]) -> ContentRange? {
    guard bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    let text = bytes.repaired
    guard text.utf8.count > 6, text.prefix(6).lowercased() == "bytes " else { return nil }
    func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
    // By unicode scalars: a carriage return and a line feed are one character.
    let parts = Substring(text.unicodeScalars.dropFirst(6)).unicodeScalars
        .split(separator: "/", omittingEmptySubsequences: false).map { Substring($0) }
    guard parts.count == 2 else { return nil }
    if parts[0] == "*", let total = number(parts[1]) { return .lacking(total: total) }
    let ends = parts[0].unicodeScalars.split(separator: "-", omittingEmptySubsequences: false)
        .map { Substring($0) }
    guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]),
        first <= last
    else { return nil }
    if parts[1] == "*" { return last < Int.max ? .part(first: first, last: last, total: nil) : nil }
    guard let total = number(parts[1]), last < total else { return nil }
    return .part(first: first, last: last, total: total)
}

// MARK: an answer from its first line to its last byte

private func checkAnswer(_ input: [UInt8], _ lines: [[UInt8]]) {
    let start = [0, 0, 1, 5, 100][Int(input[0] & 7) % 5]
    let begun = [0, 0, 1, 50][Int(input[0] >> 3 & 3)]
    let maximum = [0, 5, 6, 10, 150, 1000, 1 << 40, Int.max][Int(input[1] & 7)]
    let status = [200, 206, 206, 404, 416, 301, 200, 503][Int(input[2] & 7)]
    guard start + begun <= maximum else { return }
    var progress = FileProgress(start: start)
    progress.advance(by: begun)
    let earlier = progress.position
    var answer = Answer(maximumBytes: maximum, limits: TransportLimits())
    var isOpen = true
    func line(_ bytes: [UInt8]) {
        guard isOpen else { return }
        isOpen = bytes.withUnsafeBytes {
            answer.receiveHeader($0, status: status, for: progress)
        }
    }
    line(Array("HTTP/1.1 \(status) X\r\n".utf8))
    for bytes in lines where bytes != [0x0D, 0x0A] && bytes != [0x0A] { line(bytes) }
    line([0x0D, 0x0A])
    require(isOpen == (answer.refusal == nil), "an answer that is refused says why")
    if let refusal = answer.refusal { return requireOneLine("\(refusal)") }
    require(!answer.isWanted || [200, 206].contains(status), "only a file is wanted")
    require(answer.total ?? 0 <= maximum, "no file longer than allowed")
    receive(&answer, &progress, input[3])
    if answer.isWanted {
        require(progress.position <= maximum, "no more than allowed reaches the receiver")
        require(progress.position >= earlier, "nothing that came is lost")
        for header in progress.rangeHeaders { requireOneLine(header) }
    } else {
        require(progress.position == earlier, "what is unwanted does not reach the receiver")
    }
    guard answer.refusal == nil else { return requireOneLine("\(answer.refusal!)") }
    guard let failure = answer.failure(of: progress) else {
        require(
            answer.isWanted || status == 416 && begun > 0, "no file, no success")
        // libcurl compares a body with the length that is announced.
        guard status == 206, let total = answer.total else { return }
        return require(progress.position == total, "a part ends where the file does")
    }
    requireOneLine("\(failure)")
}

/// Body bytes in chunks, as libcurl hands them on.
private func receive(_ answer: inout Answer, _ progress: inout FileProgress, _ plan: UInt8) {
    let size = [1, 3, 7, 64][Int(plan & 3)]
    for _ in 0..<Int(plan >> 2) {
        guard let skipped = answer.receiveBody(size, for: progress) else {
            return
        }
        require((0...size).contains(skipped), "no more is skipped than came")
        guard skipped < size else { continue }
        require(answer.isWanted, "only a wanted body has bytes for the receiver")
        if !progress.hasBegun || answer.total != progress.total {
            progress.learn(answer.fields, total: answer.total)
        }
        progress.advance(by: size - skipped)
    }
}
