// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

extension TrustMap {
    /// The map for a person: one sentence an entry, in the order in which they are asked.
    public var sentences: [String] {
        entries.enumerated().map { position, entry in
            let isLast = position == entries.count - 1
            return "\(joined(entry.paths.map(shown))) \(entry.plural) taken from \(entry.source)"
                + (entry.isTerminating || isLast
                    ? "; then the search ends" : "; else the entries below are asked")
        }
    }

    /// What is odd about the map, though nothing is wrong with it.
    public var remarks: [String] {
        var remarks: [String] = []
        let named = Set(entries.flatMap(\.repositories))
        for repository in repositories where !named.contains(repository.name) {
            remarks.append("\(repository.name): no entry asks it")
        }
        if let last = entries.firstIndex(where: { $0.isTerminating && $0.coversEverything }),
            last < entries.count - 1
        {
            remarks.append(
                "entry \(last + 1) takes every path and ends the search, so those below it are "
                    + "never asked")
        }
        return remarks
    }

    private func shown(_ pattern: UTF8Text) -> String {
        let isPlain = pattern.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 }
        return isPlain && pattern.count <= 200 ? pattern.string : quoted(pattern)
    }
}

extension TrustMap.Entry {
    fileprivate var plural: String { paths.count > 1 ? "are" : "is" }

    /// `acme and backup, both must agree`.
    fileprivate var source: String {
        switch (threshold, repositories.count) {
        case (1, 1): repositories[0]
        case (1, _): "\(joined(repositories, "or")), whichever lists it first"
        case (2, 2): "\(joined(repositories)), both must agree"
        case (let threshold, let count) where threshold == count:
            "\(joined(repositories)), all \(count) must agree"
        default: "\(joined(repositories)), \(threshold) of the \(repositories.count) must agree"
        }
    }
}
