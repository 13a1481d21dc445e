// SPDX-License-Identifier: Apache-2.0

extension LayoutTemplate {
    /// The steps in YAML, each with how to record it.
    func steps(_ answers: TemplateAnswers) -> String {
        let list = { (names: [String]) in
            "[" + names.map(scalar).joined(separator: ", ") + "]"
        }
        var steps = firstStep(list(answers.functionaries))
        if answers.hasTests { steps += testStep(list(answers.testDoers)) }
        return steps + lastStep(list(answers.lastDoers), answers.copies)
    }

    /// Name of the step that gives the sources.
    private var first: String {
        switch self {
        case .buildPackage: "build"
        case .deb: "source"
        default: "tag"
        }
    }

    private func firstStep(_ by: String) -> String {
        switch self {
        case .buildPackage:
            """
              # Recorded with -m and -p for the same folders, such as -m src -p src build
              - name: build
                by: \(by)
                threshold: 1
                materials: ["ALLOW *"]
                products: ["MATCH * WITH MATERIALS FROM build", "CREATE *", "DISALLOW *"]

            """
        case .deb:
            """
              # Recorded in the folder of the unpacked sources, debian/ among them, with -m . -p .
              # An upstream tarball that stands in that folder is recorded with them.
              - name: source
                by: \(by)
                threshold: 1
                materials: ["ALLOW *"]
                products: ["REQUIRE debian/control", "MATCH * WITH MATERIALS FROM source", "DISALLOW *"]

            """
        default:
            """
              # Recorded in the sources' folder with -m . -p .
              - name: tag
                by: \(by)
                threshold: 1
                command: git tag v{version}
                materials: ["ALLOW *"]
                products: [\(needed)"MATCH * WITH MATERIALS FROM tag", "DISALLOW *"]

            """
        }
    }

    /// The rule for a file without which there is nothing to build.
    private var needed: String {
        switch self {
        case .pythonSdist, .pythonWheel: "\"REQUIRE pyproject.toml\", "
        case .deb: "\"REQUIRE debian/control\", "
        default: ""
        }
    }

    private func testStep(_ by: String) -> String {
        let what =
            self == .buildPackage
            ? "what was built, with -m src build" : "a clean copy of the sources, with -m ."
        return """
              # The tests passed: carnet run signs nothing for a command that fails. Recorded in
              # \(what), and -p test-results if they write any.
              - name: test
                by: \(by)
                threshold: 1
                materials: [\(needed)"MATCH * WITH PRODUCTS FROM \(first)", "DISALLOW *"]
                products: ["CREATE test-results/*", "DISALLOW *"]

            """
    }

    private func lastStep(_ by: String, _ copies: Int) -> String {
        """
          # \(recording)
          - name: \(product)
            by: \(by)
            threshold: \(copies)
        \(command)    materials: [\(needed)"MATCH * WITH PRODUCTS FROM \(first)", "DISALLOW *"]
            products: ["CREATE \(made)", "DISALLOW *"]

        """
    }

    private var recording: String {
        switch self {
        case .pythonSdist, .pythonWheel: "Recorded in a clean clone of the tag with -m . -p dist"
        case .buildPackage: "Takes what was built and nothing else, such as -m build -p dist"
        case .deb:
            "Recorded in a clean copy of the sources with -m . -p dist; dpkg-buildpackage writes\n"
                + "  # beside them, so let the command move the .deb files to dist/"
        case .ciTarball:
            "Recorded in a clean clone of the tag with -m . -p dist, by each of them. The bytes\n"
                + "  # must be the same: tar --sort=name --mtime=@0 --owner=0 --group=0, gzip -n"
        case .containerImage:
            "Recorded in a clean clone of the tag with -m . -p dist"
        }
    }

    private var command: String {
        switch self {
        case .pythonSdist, .pythonWheel:
            "    command: python3 -m build --\(product) --outdir dist .\n"
        default: ""
        }
    }

    private var made: String {
        switch self {
        case .pythonSdist, .ciTarball: "dist/*.tar.gz"
        case .pythonWheel: "dist/*.whl"
        case .buildPackage: "dist/*"
        case .deb: "dist/*.deb"
        case .containerImage: "dist/*.index.json"
        }
    }
}
