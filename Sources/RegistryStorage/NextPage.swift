// SPDX-License-Identifier: Apache-2.0

/// The `rel="next"` of `Link` fields (RFC 8288), as the tag list of a registry has it.
package enum NextPage {
    /// The reference as it stands there, to be resolved against the URL that was asked for.
    package static func reference(in values: [String]) -> String? {
        for value in values {
            var reader = FieldReader(value)
            while !reader.isAtEnd {
                reader.skip { $0 == UInt8(ascii: ",") || FieldReader.isBlank($0) }
                guard reader.skip(UInt8(ascii: "<")), let target = reader.text(upTo: 0x3e)
                else { break }
                if isNext(&reader) { return target }
            }
        }
        return nil
    }

    /// Reads the parameters of one link.
    private static func isNext(_ reader: inout FieldReader) -> Bool {
        var isNext = false
        while true {
            reader.skip(while: FieldReader.isBlank)
            guard reader.skip(UInt8(ascii: ";")) else { return isNext }
            reader.skip(while: FieldReader.isBlank)
            guard let name = reader.token() else { return isNext }
            guard reader.skip(UInt8(ascii: "=")) else { continue }
            let value = reader.quotedText() ?? reader.token() ?? ""
            let words = lowerCased(value).utf8.split(separator: 0x20)
            if lowerCased(name) == "rel", words.contains(where: { $0.elementsEqual("next".utf8) }) {
                isNext = true
            }
        }
    }
}
