// SPDX-License-Identifier: Apache-2.0

/// Command lines that are run one after the other in a folder, by each side in its own.
struct Scenario: Sendable, CustomStringConvertible {
    /// Words are separated by blanks; `'…'` holds blanks together.
    let lines: [String]
    /// Shell commands before, that have nothing to do with in-toto.
    let setup: String

    var description: String { lines.joined(separator: "; ") }

    init(_ lines: String..., setup: String = "") {
        self.lines = lines
        self.setup = setup
    }

    /// What every scenario finds: files, and keys of fixed seeds with their passwords.
    static let common = """
        printf a > a; printf 'b\\r\\n' > b; mkdir -p d/e; printf c > d/c; printf x > d/e/x.pyc
        ln -s a link; ln -s d folder; ln -s nothing broken; printf '' > 'é😀'
        cat > key <<END
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        END
        cat > other <<END
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAACAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        END
        openssl pkey -in key -pubout -out key.pub; openssl pkey -in other -pubout -out other.pub
        openssl pkcs8 -topk8 -in key -passout pass:pw -out ../locked
        cat > layout <<END
        {"signed": {"_type": "layout", "expires": "2100-01-01T00:00:00Z", "readme": "é", "keys": {},
        "steps": [], "inspect": [], "more": 1}, "signatures": []}
        END
        """

    static func words(of line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in line {
            switch character {
            case "'":
                isQuoted.toggle()
                word = word ?? ""
            case " " where !isQuoted:
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}
