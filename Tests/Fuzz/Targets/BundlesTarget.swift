// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import MetadataSigning
import Releases

/// The first byte says what the rest is: `a` an archive as it is, `m` a manifest, anything else a
/// tape of members and of one change to the bundle that holds them.
func fuzzBundles(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let rest = Array(input.dropFirst())
    switch kind {
    case UInt8(ascii: "a"): checkArchive(rest)
    case UInt8(ascii: "m"): checkManifest(rest)
    default: checkTape(rest)
    }
}

/// Why a bundle was refused; `nil` if it was not.
private func refusal(_ bytes: [UInt8]) -> String? {
    // In memory, and without a name by the time it is read.
    var name = Array("/dev/shm/carnet-fuzz-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    unlink(name)
    defer { close(descriptor) }
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    require(count == bytes.count, "room in memory")
    do throws(BundleError) {
        _ = try BundleFile("/proc/self/fd/\(descriptor)")
        return nil
    } catch {
        guard case .damaged = error else {
            require(false, "a file that can be read is damaged or not: \(error)")
            return nil
        }
        return "\(error)"
    }
}

private func checkArchive(_ bytes: [UInt8]) {
    guard let words = refusal(bytes) else {
        // What was taken has no byte that could be another one's.
        return require(refusal(bytes + [0]) != nil, "a bundle ends where it ends")
    }
    requireOneLine(words)
    require(words.utf8.count < 1000, "a message is short: \(words)")
}

private func checkManifest(_ bytes: [UInt8]) {
    let manifest: BundleManifest
    do throws(ManifestFault) { manifest = try BundleManifest(bytes) } catch {
        requireOneLine("\(error)")
        return require("\(error)".utf8.count < 1000, "a message is short: \(error)")
    }
    require(manifest.bytes == bytes, "a manifest has one form")
    require(!manifest.files.isEmpty, "it offers something")
    require(manifest.rootVersions.lowerBound >= 1, "its roots have versions")
    let names = manifest.members.map(\.name)
    for (name, next) in zip(names, names.dropFirst()) {
        require(name < next, "members stand in order, each once")
    }
    for name in names {
        let parts = name.string.split(separator: "/", omittingEmptySubsequences: false)
        require(parts.count > 1, "a member is below a folder")
        require(parts[0] == "metadata" || parts[0] == "targets", "below one of two")
        for part in parts {
            require(!part.isEmpty && part != "." && part != "..", "a path means one place")
        }
    }
}

/// Bytes: how many members, of each a name and a length; then where to change which bits.
private func checkTape(_ tape: [UInt8]) {
    var tape = tape[...]
    var contents: [String: [UInt8]] = [
        "metadata/1.root.json": [1], "metadata/timestamp.json": [2], "targets/a": [3],
    ]
    let names = ["metadata/2.root.json", "metadata/r.json", "targets/b/", "targets/ü", "targets/"]
    for _ in 0..<(tape.popFirst() ?? 0) % 6 {
        let pick = Int(tape.popFirst() ?? 0)
        var name = names[pick % names.count]
        if name.hasSuffix("/") { name += String(repeating: "n", count: 1 + pick) }
        let length = Int(tape.popFirst() ?? 0) * 5
        contents[name] = [UInt8](repeating: UInt8(truncatingIfNeeded: length), count: length)
    }
    let bundle = referenceBundle(contents)
    let words = refusal(bundle) ?? ""
    require(words.isEmpty, "a bundle by the standard is taken: \(words)")
    let place = Int(tape.popFirst() ?? 0) << 8 | Int(tape.popFirst() ?? 0)
    let bits = tape.popFirst() ?? 0
    guard bits != 0, place < bundle.count, !freePlaces(bundle).contains(place) else { return }
    var changed = bundle
    changed[place] ^= bits
    require(refusal(changed) != nil, "byte \(place) is another one, and it is taken")
    let words2 = refusal(Array(bundle[..<place])) ?? ""
    require(words2.contains("truncated"), "cut at \(place): \(words2)")
}

/// The maker's name for the repository and, as this one has no timestamp that could be read, its
/// version: nothing depends on them.
private func freePlaces(_ bundle: [UInt8]) -> [Int] {
    ["\"repository\":\"", "\"timestamp\":"].map { text in
        let before = Array(text.utf8)
        let start = bundle.indices.first { bundle[$0...].starts(with: before) } ?? 0
        return start + before.count
    }
}

// MARK: a second writer

private func referenceBundle(_ contents: [String: [UInt8]]) -> [UInt8] {
    let sorted = contents.sorted { UTF8Text($0.key) < UTF8Text($1.key) }
    let members = sorted.map { name, content in
        "\"\(name)\":{\"length\":\(content.count),\"sha256\":\""
            + DigestAlgorithm.sha256.hexDigest(of: content) + "\"}"
    }
    let manifest =
        "{\"_type\":\"carnet-bundle\",\"files\":[\"a\"],\"format\":1,\"members\":{"
        + members.joined(separator: ",") + "},\"repository\":\"x\",\"timestamp\":1}"
    var bytes = referenceMember("carnet-bundle.json", Array(manifest.utf8))
    for (name, content) in sorted { bytes += referenceMember(name, content) }
    return bytes + [UInt8](repeating: 0, count: 1024)
}

private func referenceMember(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let utf8 = Array(name.utf8)
    if utf8.count <= 100 { return referenceEntry([], utf8, content, "0") }
    let slash = utf8.indices.first {
        utf8[$0] == 0x2F && $0 <= 155 && (1...100).contains(utf8.count - $0 - 1)
    }
    if let slash {
        return referenceEntry(
            Array(utf8[..<slash]), Array(utf8[(slash + 1)...]), content, "0")
    }
    let record = Array("\(utf8.count + 10) path=\(name)\n".utf8)
    return referenceEntry([], Array("././@PaxHeader".utf8), record, "x")
        + referenceEntry([], Array(utf8.prefix(100)), content, "0")
}

private func referenceEntry(
    _ prefix: [UInt8], _ name: [UInt8], _ content: [UInt8], _ kind: Character
) -> [UInt8] {
    func field(_ text: [UInt8], _ width: Int) -> [UInt8] {
        text + [UInt8](repeating: 0, count: width - text.count)
    }
    func octal(_ value: Int, _ digits: Int) -> [UInt8] {
        let text = Array(String(value, radix: 8).utf8)
        return [UInt8](repeating: 0x30, count: digits - text.count) + text
    }
    let zero = field(octal(0, 7), 8)
    let head =
        field(name, 100) + field(octal(0o644, 7), 8) + zero + zero
        + field(octal(content.count, 11), 12) + field(octal(0, 11), 12)
    let tail =
        [kind.asciiValue ?? 0] + field([], 100) + field(Array("ustar".utf8), 6)
        + Array("00".utf8) + field([], 64) + zero + zero + field(prefix, 155) + field([], 12)
    let sum = (head + tail).reduce(8 * 32) { $0 + Int($1) }
    let header = head + field(octal(sum, 6), 7) + [0x20] + tail
    return header + content + field([], (512 - content.count % 512) % 512)
}
