// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON

/// Counts the keys that signed a step's links as python's `verify_link_signature_thresholds` does.
struct LinkThresholds {
    let layout: LayoutDocument
    let files: LinkFiles
    let log: ToolLog

    /// The links whose signatures are valid and whose keys are authorized.
    ///
    /// - Throws: `ThresholdVerificationError`; what ``ToolDocument/verify(by:)`` throws besides
    ///   invalid signatures and expired keys, which are passed over.
    func verified(_ links: [StepLinks]) throws(ToolError) -> [StepLinks] {
        let keysOfSubkeys = try layout.keysOfSubkeys()
        var result: [StepLinks] = []
        for (step, links) in zip(layout.steps, links) {
            result.append(try verified(links, of: step, keysOfSubkeys))
        }
        return result
    }

    private func verified(
        _ links: StepLinks, of step: StepDocument, _ keysOfSubkeys: [UTF8Text: PythonValue]
    ) throws(ToolError) -> StepLinks {
        let name = step.item.name.str
        var verified = StepLinks()
        var mainKeys: Set<UTF8Text> = []
        for link in links.entries {
            guard let key = authorized(link.keyID, for: step, keysOfSubkeys) else {
                log.info(
                    "Skipping link. Keyid '\(link.keyID)' is not authorized to sign links for step "
                        + "'\(name)'")
                continue
            }
            do throws(ToolError) {
                try link.document.verify(by: key)
            } catch {
                switch error.kind {
                case .signatureVerificationError:
                    log.info(
                        "Skipping link. Broken link signature with keyid '\(link.keyID)' for step "
                            + "'\(name)'")
                case .keyExpirationError: log.info("Skipping link. \(error.message)")
                default: throw error
                }
                continue
            }
            let main = key["keyid"] ?? .null
            if !mainKeys.insert(main.identity).inserted {
                log.warning(
                    "Found links signed by different subkeys of the same main key '\(main.str)' "
                        + "for step '\(name)'. Only one of them is counted towards the step "
                        + "threshold.")
            }
            verified.set(link.keyID, link.document)
        }
        if mainKeys.count < step.threshold {
            for link in try files.certified(step, besides: verified).entries {
                mainKeys.insert(PythonValue.string(link.keyID).identity)
                verified.set(link.keyID, link.document)
            }
        }
        guard mainKeys.count >= step.threshold else {
            throw ToolError(
                .thresholdVerificationError,
                "Step '\(name)' requires at least '\(step.threshold)' links validly signed by "
                    + "different authorized functionaries. Only found '\(mainKeys.count)'")
        }
        return verified
    }

    /// The key to check a link with: an authorized one, the one that lists an authorized subkey, or
    /// the authorized one that lists the link's key as its subkey.
    private func authorized(
        _ keyID: UTF8Text, for step: StepDocument, _ keysOfSubkeys: [UTF8Text: PythonValue]
    ) -> PythonValue? {
        for authorized in step.pubkeys {
            let key = layout.keys[authorized]
            if authorized == keyID {
                if let key, key.isTruthy { return key }
                if let main = keysOfSubkeys[authorized] { return main }
            }
            if let key, let subkeys = key["subkeys"], subkeys[keyID] != nil { return key }
        }
        return nil
    }
}
