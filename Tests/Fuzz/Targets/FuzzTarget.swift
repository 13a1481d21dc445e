// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What is fuzzed. The environment variable `FUZZ_TARGET` names one: libFuzzer starts itself
/// again to merge or to minimise, and its children inherit it.
enum FuzzTarget: String, CaseIterable {
    case json
    case documents
    case patterns
    case names
    case keys
    case texts
    case sources
    case states
    case urls
    case answers
    case maps
    case rotations
    case rules
    case openpgp
    case archives
    case tools
    case bundles
    case registry

    /// Takes one input; does not return if it breaks a property.
    func run(_ input: [UInt8]) {
        switch self {
        case .json: fuzzJSON(input)
        case .documents: fuzzDocuments(input)
        case .patterns: fuzzPatterns(input)
        case .names: fuzzNames(input)
        case .keys: fuzzKeys(input)
        case .texts: fuzzTexts(input)
        case .sources: fuzzSources(input)
        case .states: fuzzStates(input)
        case .urls: fuzzURLs(input)
        case .answers: fuzzAnswers(input)
        case .maps: fuzzMaps(input)
        case .rotations: fuzzRotations(input)
        case .rules: fuzzRules(input)
        case .openpgp: fuzzOpenPGP(input)
        case .archives: fuzzArchives(input)
        case .tools: fuzzTools(input)
        case .bundles: fuzzBundles(input)
        case .registry: fuzzRegistry(input)
        }
    }

    static let chosen: FuzzTarget = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) }
        if let target = name.flatMap(FuzzTarget.init) { return target }
        let names = allCases.map(\.rawValue).joined(separator: " ")
        say("FUZZ_TARGET: expected one of \(names)")
        exit(2)
    }()
}

/// libFuzzer's way in.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Ends the process, so that libFuzzer keeps the input, unless the property holds.
func require(
    _ holds: Bool, _ property: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    guard !holds else { return }
    say("PROPERTY \(file):\(line): \(property())")
    abort()
}

/// ``require(_:_:file:line:)`` that there is a value.
func require<Value>(
    _ value: Value?, _ property: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) -> Value {
    guard let value else {
        say("PROPERTY \(file):\(line): \(property())")
        abort()
    }
    return value
}

private func say(_ words: String) {
    let line = Array((words + "\n").utf8)
    _ = write(2, line, line.count)
}

/// Whether text is fit for one line of a message.
func requireOneLine(_ text: String) {
    require(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a message has one line: \(text)")
}

/// Makes what a global holds until the end of the process: pointers inside Swift's enums carry
/// tag bits, so that the leak checker does not see them as pointers.
func lasting<Value>(_ make: () -> Value) -> Value {
    disableLeakChecks()
    defer { enableLeakChecks() }
    return make()
}

@_silgen_name("__lsan_disable")
private func disableLeakChecks()

@_silgen_name("__lsan_enable")
private func enableLeakChecks()

extension Collection<UInt8> {
    /// The parts between bytes 0xFF, which no UTF-8 has; at most `count`, the last takes the rest.
    func parts(_ count: Int) -> [[UInt8]] {
        split(separator: 0xFF, maxSplits: count - 1, omittingEmptySubsequences: false)
            .map { Array($0) }
    }

    /// The text of these bytes, repaired where they are no UTF-8.
    var repaired: String { String(decoding: self, as: UTF8.self) }
}
