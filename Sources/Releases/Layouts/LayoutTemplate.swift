// SPDX-License-Identifier: Apache-2.0

/// Sources of layouts to begin with.
public enum LayoutTemplate: String, Sendable, CaseIterable {
    case pythonSdist = "python-sdist"
    case pythonWheel = "python-wheel"
    case buildPackage = "build-package"
    case deb
    case ciTarball = "ci-tarball"
    case containerImage = "container-image"

    /// What it is for, in a line.
    public var summary: String {
        switch self {
        case .pythonSdist: "a maintainer tags the sources, builders make the sdist"
        case .pythonWheel: "the same for a wheel"
        case .buildPackage: "a build step, then a packaging step that takes its results"
        case .deb: "a maintainer vouches for sources, builders make the package"
        case .ciTarball: "a maintainer tags, CI and a rebuilder make the same tar.gz"
        case .containerImage: "a maintainer tags, builders make the image, here its index"
        }
    }

    /// The source, ready to be read and changed.
    ///
    /// - Throws: ``TemplateError`` for answers that make no sense.
    public func source(_ answers: TemplateAnswers) throws(TemplateError) -> String {
        try answers.check(self)
        let people = { (names: [String]) in
            "{" + names.map { "\(scalar($0)): keys/\($0).pub" }.joined(separator: ", ") + "}"
        }
        return """
            # Who must have done what before \(subject) of \(answers.project) counts as a release.
            \(remark)name: \(scalar(answers.name ?? product))
            expires: 1y
            # Paths in the repository that this layout governs; {version} is read out of them.
            applies-to: ["\(path(answers.project))"]
            # The step that made the file.
            product-of: \(product)
            # How many of the signers must sign this layout, and who they are.
            threshold: \(answers.signatures)
            signers: \(people(answers.signers))
            functionaries: \(people(answers.everybody))
            steps:
            \(steps(answers))
            """
    }

    private var subject: String {
        switch self {
        case .pythonSdist: "an sdist"
        case .pythonWheel: "a wheel"
        case .buildPackage, .deb: "a package"
        case .ciTarball: "a tarball"
        case .containerImage: "an image"
        }
    }

    /// Name of the step that makes the file.
    var product: String {
        switch self {
        case .pythonSdist: "sdist"
        case .pythonWheel: "wheel"
        case .buildPackage, .deb: "package"
        case .ciTarball: "tarball"
        case .containerImage: "image"
        }
    }

    private var remark: String {
        guard self == .containerImage else { return "" }
        return """
            # What is released is the image's index, or its manifest, to the byte as the registry has it:
            #   skopeo inspect --raw docker://registry.example/demo:1.0 > dist/demo-1.0.index.json
            # An image's digest is the SHA-256 of that file, which carnet get prints for consumers. They pull
            #   registry.example/demo@sha256:DIGEST

            """
    }

    private func path(_ project: String) -> String {
        switch self {
        case .pythonWheel: "\(project)/{version}/\(project)-{version}-*.whl"
        case .deb: "\(project)/{version}/\(project)_{version}_*.deb"
        case .containerImage: "\(project)/{version}/\(project)-{version}.index.json"
        case .pythonSdist, .buildPackage, .ciTarball:
            "\(project)/{version}/\(project)-{version}.tar.gz"
        }
    }
}

/// A name as YAML takes it for text: some words and numbers it would take for something else.
func scalar(_ name: String) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
    let first = name.utf8.first ?? 0
    let isLetter = (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first)
    return isLetter && !words.contains(name.lowercased()) ? name : "\"\(name)\""
}
