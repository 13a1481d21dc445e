// SPDX-License-Identifier: Apache-2.0
import HTTPTransport
import TUFClient

/// The URL that is asked for, and the one to which the answer points.
func fuzzURLs(_ input: [UInt8]) {
    let parts = input.parts(2)
    guard let first = request(parts[0]) else { return }
    checkURL(first, parts[0])
    guard parts.count > 1, let next = request(parts[1]) else { return }
    checkURL(next, parts[1])
    checkRedirect(from: first, to: next, parts)
}

private func request(_ bytes: [UInt8]) -> RequestURL? {
    do throws(FetchError) {
        return try RequestURL(bytes.repaired)
    } catch {
        switch error.reason {
        case .schemeRefused, .unreachable: requireOneLine("\(error.reason)")
        default: require(false, "\(error.reason) is no reason to refuse a URL")
        }
        return nil
    }
}

private func checkURL(_ url: RequestURL, _ bytes: [UInt8]) {
    require(bytes.allSatisfy { (0x21...0x7E).contains($0) }, "a URL is printable ASCII")
    require(url.text.utf8.elementsEqual(bytes), "the text is kept")
    let scheme = lowerCased(bytes.prefix { $0 != UInt8(ascii: ":") })
    require(scheme == "\(url.scheme)", "the scheme is what stands before the colon")
    require(
        bytes.dropFirst(scheme.utf8.count).starts(with: "://".utf8), "two slashes before the host")
    if let host = plainHost(bytes) {
        if url.scheme == .file {
            require(host.isEmpty || isLoopback(host), "a file is on this machine")
        } else {
            require(url.isLoopback == isLoopback(host), "the loopback is known by its name")
        }
    }
    require(url.mayRedirect(to: url) == (url.scheme != .file), "to itself, if not a file")
}

private func checkRedirect(from first: RequestURL, to next: RequestURL, _ parts: [[UInt8]]) {
    guard first.mayRedirect(to: next) else { return }
    require(first.scheme != .file && next.scheme != .file, "no redirect from or to files")
    require(first.scheme == .http || next.scheme == .https, "no redirect from https to less")
    require(first.isLoopback == next.isLoopback, "no redirect into the loopback or out of it")
    if let one = plainHost(parts[0]), let other = plainHost(parts[1]) {
        require(one == other, "no redirect to another host")
    }
}

/// The host in lower case, of a URL that says nothing before or after it but a port.
private func plainHost(_ bytes: [UInt8]) -> String? {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let rest = bytes.dropFirst(colon + 3)
    let authority = rest.prefix { !"/?#".utf8.contains($0) }
    let host = authority.prefix { $0 != UInt8(ascii: ":") }
    let port = authority.dropFirst(host.count + 1)
    let isName = host.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
    }
    // libcurl reads numbers as addresses, in many forms; only the usual one is compared here.
    let isNumber = host.first.map { (0x30...0x39).contains($0) } ?? true
    guard isName, port.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    if host.isEmpty { return "" }
    guard isNumber else { return lowerCased(host) }
    let numbers = host.split(separator: 0x2E, omittingEmptySubsequences: false)
    let isUsual =
        numbers.count == 4
        && numbers.allSatisfy { digits in
            guard let value = Int(Array(digits).repaired), value < 256 else { return false }
            return "\(value)".utf8.elementsEqual(digits)
        }
    return isUsual ? host.repaired : nil
}

private func isLoopback(_ host: String) -> Bool {
    host == "localhost" || (host.first?.isNumber == true && host.hasPrefix("127."))
}

private func lowerCased(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.repaired
}
