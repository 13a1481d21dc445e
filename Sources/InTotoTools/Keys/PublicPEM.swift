// SPDX-License-Identifier: Apache-2.0
package import MetadataSigning

/// Public keys in PEM as pyca/cryptography reads them: the first block, wherever it stands in
/// the text, as SubjectPublicKeyInfo or as PKCS#1.
package enum PublicPEM {
    /// That block alone, as SubjectPublicKeyInfo; `nil` if there is none.
    static func text(in bytes: [UInt8]) -> String? {
        guard let start = offset(of: Array("-----BEGIN ".utf8), in: bytes, from: 0) else {
            return nil
        }
        let text = Array(bytes[start...])
        if let info = block("PUBLIC KEY", in: text) { return pem(info) }
        return block("RSA PUBLIC KEY", in: text).map { pem(DERWriter.rsaInfo(pkcs1: $0)) }
    }

    /// A SubjectPublicKeyInfo in PEM.
    static func pem(_ info: [UInt8]) -> String {
        var lines = ["-----BEGIN PUBLIC KEY-----"]
        var rest = base64(info)[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        return (lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
    }

    /// What is in the block that the text begins with, if it has this label.
    private static func block(_ label: String, in text: [UInt8]) -> [UInt8]? {
        let begin = Array("-----BEGIN \(label)-----".utf8)
        let end = Array("-----END \(label)-----".utf8)
        guard text.starts(with: begin), let stop = offset(of: end, in: text, from: begin.count)
        else { return nil }
        let body = text[begin.count..<stop].filter { $0 > 0x20 }
        return bytes(fromBase64: String(decoding: body, as: UTF8.self))
    }

    private static func offset(of word: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard text.count - word.count >= start else { return nil }
        return (start...text.count - word.count).first { text[$0...].starts(with: word) }
    }

    /// The key of a file.
    ///
    /// - Throws: `ValueError`.
    package static func key(_ bytes: [UInt8]) throws(ToolError) -> PublicKey {
        guard let text = text(in: bytes) else {
            throw ToolError(
                .valueError, "Unable to load PEM file: no public key in PEM found in it")
        }
        do throws(SigningError) {
            return try PublicKey(pem: Array(text.utf8))
        } catch {
            throw ToolError(.valueError, "\(error)")
        }
    }
}

/// Writes what little DER is needed to hand numbers to OpenSSL as a public key.
enum DERWriter {
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        let length = withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0.drop { $0 == 0 }) }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    /// A number that is not negative, big-endian.
    static func integer(_ number: [UInt8]) -> [UInt8] {
        var digits = Array(number.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }

    private static func bits(_ content: [UInt8]) -> [UInt8] { element(0x03, [0] + content) }

    static func rsaInfo(pkcs1: [UInt8]) -> [UInt8] {
        let algorithm: [UInt8] = [
            0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
        ]
        return sequence(sequence(algorithm), bits(pkcs1))
    }

    static func rsaInfo(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        rsaInfo(pkcs1: sequence(integer(modulus), integer(exponent)))
    }

    static func dsaInfo(p: [UInt8], q: [UInt8], g: [UInt8], y: [UInt8]) -> [UInt8] {
        let name: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x01]
        let parameters = sequence(integer(p), integer(q), integer(g))
        return sequence(sequence(name, parameters), bits(integer(y)))
    }
}
