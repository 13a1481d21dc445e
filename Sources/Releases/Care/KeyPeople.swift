// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import MetadataSigning
import TUFRepository

/// Whose the keys of a role are, as far as the metadata says.
struct KeyPeople {
    private let authority: Authority
    private let book: NameBook

    init(_ authority: Authority) {
        self.authority = authority
        var names: [KeyID: String] = [:]
        for entry in authority.entries {
            guard let holder = KeyPeople.holder(of: entry.key) else { continue }
            for id in entry.ids { names[id] = holder.string }
        }
        book = NameBook(names)
    }

    /// Names of some keys, the first five.
    func names(_ ids: [KeyID]) -> String {
        let shown = ids.prefix(5).map(book.name)
        let rest = ids.count - shown.count
        return joined(rest > 0 ? shown + ["\(rest) more"] : shown)
    }

    /// Those who could still sign; empty if nobody can.
    func names(missingIn count: SignatureCount) -> String {
        let accepted = Set(count.accepted)
        let others = authority.entries.filter {
            $0.key.material != nil && accepted.isDisjoint(with: $0.ids)
        }
        return others.isEmpty ? "" : names(others.map { $0.ids[0] })
    }

    /// Who holds a key, as Carnet and tuf-on-ci write it.
    static func holder(of key: PublicKey) -> UTF8Text? {
        let json = key.json
        for member in [MetadataBuilder.holderMember, "x-tuf-on-ci-keyowner"] as [UTF8Text] {
            if let name = json[member]?.text, !name.isEmpty { return name }
        }
        return nil
    }

    /// The same for different spellings of one person's name: `@Alice` and `alice `.
    static func person(_ holder: UTF8Text) -> UTF8Text {
        let bytes = Array(holder.utf8).split { $0 == 0x20 || $0 == 0x09 }.joined(separator: [0x20])
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let name = lower.first == UInt8(ascii: "@") ? lower.dropFirst() : lower[...]
        return UTF8Text(String(decoding: name, as: UTF8.self))
    }
}
