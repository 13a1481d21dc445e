// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import MetadataSigning
import RepositoryStorage
public import TUFMetadata
import TUFRepository

extension Publisher {
    /// The published layouts that govern a path, read out; all of them without one.
    ///
    /// - Throws: ``PublishingError/notCovered(file:layouts:)`` if none does.
    public func layouts(governing path: TargetPath?) throws(PublishingError) -> [String] {
        let state = try state()
        let known = try layouts(try policy(state), state)
        let fitting = known.filter { layout in
            guard let path else { return true }
            return layout.target.fit(path) != .none
        }
        guard !fitting.isEmpty else {
            throw .notCovered(
                file: path?.description ?? directory.path,
                layouts: known.flatMap(\.target.appliesTo).map(\.description))
        }
        return fitting.map { layout in
            let target = layout.target
            let owners = target.keys.map { key in
                let file = key.fileName
                let id = KeyID(UTF8Text(file.hasSuffix(".pub") ? String(file.dropLast(4)) : file))
                return target.names[id] ?? "key \(id.prefix)"
            }
            let reading = LayoutReading(
                layout.document, names: target.names,
                paths: target.appliesTo.map(\.description),
                product: target.productOf.map(LayoutReading.Item.shown),
                ending: "Good until \(layout.document.expires). "
                    + LayoutReading.ending(owners, target.threshold))
            return "Layout \(target.name)\n" + reading.sentences
        }
    }
}
