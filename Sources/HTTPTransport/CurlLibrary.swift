// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims

/// libcurl, which is loaded with the first URL that needs it: it and its 25 libraries would cost
/// every other command 4 ms and 3.5 MB.
package enum CurlLibrary {
    static let fileName = "libcurl.so.4"
    /// CURLOPT_QUICK_EXIT came last of what is used here.
    static let leastVersion = Version(number: 0x07_57_00)

    /// Why libcurl cannot be used; `nil` if it can. Found out once, for the whole process.
    static let problem = load()

    /// What would be wrong with another library in libcurl's place.
    package static func problem(with library: String) -> String? {
        words(carnet_curl_probe(library), library)
    }

    private static func load() -> String? {
        if let words = words(carnet_curl_load(fileName), fileName) { return words }
        if let words = problem(withVersion: Version(number: carnet_curl_version())) {
            return words
        }
        guard carnet_curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else {
            return "libcurl does not start"
        }
        return nil
    }

    /// What is wrong with a version; `nil` if it will do.
    package static func problem(withVersion found: Version) -> String? {
        guard found.number < leastVersion.number else { return nil }
        return "libcurl \(found) found, \(leastVersion) or newer expected"
    }

    private static func words(_ code: Int32, _ library: String) -> String? {
        switch code {
        case 0: nil
        case 1: "no \(library): the Debian package libcurl4 has it"
        default: "\(library) is too old: libcurl \(leastVersion) or newer expected"
        }
    }

    /// As libcurl counts: a byte each for major, minor and patch.
    package struct Version: CustomStringConvertible, Sendable {
        let number: UInt32

        package init(number: UInt32) { self.number = number }

        package var description: String {
            "\(number >> 16 & 0xff).\(number >> 8 & 0xff).\(number & 0xff)"
        }
    }
}
