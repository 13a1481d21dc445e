// SPDX-License-Identifier: Apache-2.0

/// Sources of layouts to begin with.
public enum LayoutTemplate: String, Sendable, CaseIterable {
    case pythonSdist = "python-sdist"
    case pythonWheel = "python-wheel"
    case buildPackage = "build-package"

    /// The source, ready to be read and changed.
    ///
    /// - Parameters:
    ///   - name: the layout's name; that of the last step if `nil`.
    ///   - builders: how many must do the last step independently.
    public func source(
        project: String, name: String?, functionaries: [String], signers: [String],
        threshold: Int, builders: Int
    ) -> String {
        let people = { (names: [String]) in
            "{" + names.map { "\($0): keys/\($0).pub" }.joined(separator: ", ") + "}"
        }
        let by = "[" + functionaries.joined(separator: ", ") + "]"
        return """
            # Who must have done what before \(subject) of \(project) counts as a release.
            name: \(name ?? product)
            expires: 1y
            # Paths in the repository that this layout governs; {version} is read out of them.
            applies-to: ["\(path(project))"]
            # The step that made the file.
            product-of: \(product)
            # How many of the signers must sign this layout, and who they are.
            threshold: \(threshold)
            signers: \(people(signers))
            functionaries: \(people(functionaries))
            steps:
            \(steps(by, builders))

            """
    }

    private var subject: String {
        switch self {
        case .pythonSdist: "an sdist"
        case .pythonWheel: "a wheel"
        case .buildPackage: "a package"
        }
    }

    private var product: String {
        switch self {
        case .pythonSdist: "sdist"
        case .pythonWheel: "wheel"
        case .buildPackage: "package"
        }
    }

    private func path(_ project: String) -> String {
        switch self {
        case .pythonSdist: "\(project)/{version}/\(project)-{version}.tar.gz"
        case .pythonWheel: "\(project)/{version}/\(project)-{version}-*.whl"
        case .buildPackage: "\(project)/{version}/\(project)-{version}.tar.gz"
        }
    }

    private func steps(_ by: String, _ builders: Int) -> String {
        switch self {
        case .pythonSdist: python(by, builders, "dist/*.tar.gz")
        case .pythonWheel: python(by, builders, "dist/*.whl")
        case .buildPackage:
            """
              # Recorded with -m and -p for the same folders, such as -m src -p src build
              - name: build
                by: \(by)
                threshold: 1
                materials: ["ALLOW *"]
                products: ["MATCH * WITH MATERIALS FROM build", "CREATE *", "DISALLOW *"]
              # Takes what was built and nothing else, such as -m build -p dist
              - name: package
                by: \(by)
                threshold: \(builders)
                materials: ["MATCH * WITH PRODUCTS FROM build", "DISALLOW *"]
                products: ["CREATE dist/*", "DISALLOW *"]

            """
        }
    }

    private func python(_ by: String, _ builders: Int, _ made: String) -> String {
        """
          # Recorded in the sources' folder with -m . -p .
          - name: tag
            by: \(by)
            threshold: 1
            command: git tag v{version}
            materials: ["ALLOW *"]
            products: ["REQUIRE pyproject.toml", "MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]
          # Recorded in a clean clone of the tag with -m . -p dist
          - name: \(product)
            by: \(by)
            threshold: \(builders)
            command: python3 -m build --\(product) --outdir dist .
            materials: ["REQUIRE pyproject.toml", "MATCH * WITH PRODUCTS FROM tag", "DISALLOW *"]
            products: ["CREATE \(made)", "DISALLOW *"]

        """
    }
}
