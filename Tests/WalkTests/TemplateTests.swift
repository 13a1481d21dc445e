// SPDX-License-Identifier: Apache-2.0
import Testing

/// A project small enough for a test, and how each step of a template's layout is done in it.
struct TemplateProject: CustomTestStringConvertible, Sendable {
    let template: String
    /// The sources, by path.
    var files: [String: String]
    /// The first step, and what it is recorded with.
    var first = (name: "tag", words: ["-m", ".", "-p", ".", "--", "git", "tag", "v1.0"])
    /// What the last step takes, and the command that makes the file in `dist/`.
    var materials = ["."]
    let command: [String]
    /// The file, below `dist/`.
    let file: String

    var testDescription: String { template }

    private static func python(_ kind: String, _ file: String) -> TemplateProject {
        TemplateProject(
            template: "python-\(kind)",
            files: [
                "pyproject.toml": """
                [build-system]
                requires = ["hatchling"]
                build-backend = "hatchling.build"
                [project]
                name = "demo"
                version = "1.0"
                requires-python = ">=3.10"
                """, "demo/__init__.py": "",
            ],
            command: [
                "env", "SOURCE_DATE_EPOCH=1700000000", Python.interpreter, "-m", "build",
                "--no-isolation",
                "--\(kind)", "--outdir", "dist", ".",
            ], file: file)
    }

    /// An image of no layers: what `skopeo inspect --raw` gives for an index.
    private static let index = """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[\
        {"mediaType":"application/vnd.oci.image.manifest.v1+json","size":424,"digest":\
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",\
        "platform":{"architecture":"amd64","os":"linux"}}]}
        """

    static let all = [
        python("sdist", "demo-1.0.tar.gz"), python("wheel", "demo-1.0-py3-none-any.whl"),
        TemplateProject(
            template: "build-package", files: ["src/main.txt": "all of demo\n"],
            first: (
                "build", ["-m", "src", "-p", "src", "build", "--", "cp", "-R", "src/.", "build"]
            ),
            materials: ["src", "build"], command: tar("build"), file: "demo-1.0.tar.gz"),
        TemplateProject(
            template: "deb",
            files: [
                "debian/control": "Source: demo\n",
                "package/DEBIAN/control": """
                Package: demo
                Version: 1.0-1
                Architecture: all
                Maintainer: Alice <alice@example.org>
                Description: demo

                """, "package/usr/share/demo/hello": "hello\n",
            ], first: ("source", ["-m", ".", "-p", ".", "-x"]),
            command: [
                "env", "SOURCE_DATE_EPOCH=1700000000", "dpkg-deb", "--root-owner-group", "--build",
                "package", "dist/demo_1.0-1_all.deb",
            ], file: "demo_1.0-1_all.deb"),
        TemplateProject(
            template: "ci-tarball", files: ["main.txt": "all of demo\n"],
            command: tar("main.txt"), file: "demo-1.0.tar.gz"),
        TemplateProject(
            template: "container-image", files: ["Containerfile": "FROM scratch\n"],
            command: ["sh", "-c", "printf %s '\(index)' > dist/demo-1.0.index.json"],
            file: "demo-1.0.index.json"),
    ]

    private static func tar(_ what: String) -> [String] {
        [
            "sh", "-c",
            "tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - \(what) | gzip -n"
                + " > dist/demo-1.0.tar.gz",
        ]
    }
}

@Suite("A release by each template")
struct TemplateTests {
    @Test(
        "from the template to the verified file, tests and a rebuilder included",
        arguments: TemplateProject.all)
    func release(project: TemplateProject) throws {
        let stage = try Stage()
        try stage.succeed(["init", "repository", "--name", "demo"])
        let layout = "repository/layouts/\(project.template).yaml"
        try stage.succeed([
            "layout", "new", project.template, "--project", "demo", "--functionary", "alice", "bob",
            "--built-by", "ci", "rebuilder", "--tests", "--signer", "alice", "-o", layout,
        ])
        let lint = try stage.succeed(["layout", "lint", layout])
        #expect(!lint.output.contains("warning:") && !lint.output.contains("error:"), "\(lint)")
        try stage.succeed(["layout", "add", layout, "--key", "alice", "--repository", "repository"])
        try work(project, stage)
        let file = "work/dist/\(project.file)"
        let release = try stage.succeed([
            "release", file, "--repository", "repository", "--links", "links",
        ])
        #expect(release.lines.first?.hasPrefix("VERIFIED   demo/demo/1.0") == true, "\(release)")
        #expect(release.output.contains("ci and rebuilder got the same result"), "\(release)")
        // Nobody has run the tests: it does not count.
        for name in try Files.names(in: stage.path("links")) where name.hasPrefix("test.") {
            Files.remove(stage.path("links/\(name)"))
        }
        let untested = try stage.carnet([
            "release", file, "--repository", "repository", "--links", "links",
        ])
        #expect(untested.status == 3 && untested.output.contains("test"), "\(untested)")
    }

    /// The steps of the layout, each in a folder with the sources alone.
    private func work(_ project: TemplateProject, _ stage: Stage) throws {
        func fresh() throws {
            Files.remove(stage.path("work"))
            for (path, text) in project.files {
                try Files.write(text, to: stage.path("work/\(path)"))
            }
        }
        try fresh()
        if project.template == "build-package" { try Files.makeFolder(stage.path("work/build")) }
        _ = try stage.run(["git", "init", "-q"], in: "work")
        _ = try stage.run(
            [
                "git", "-c", "user.name=alice", "-c", "user.email=alice@example.org", "commit",
                "-q",
                "--allow-empty", "-m", "demo",
            ], in: "work")
        let (name, words) = project.first
        try stage.succeed(
            ["run", "-n", name, "--key", "alice", "-d", "../links"] + words, in: "work")
        try stage.succeed(
            ["run", "-n", "test", "--key", "ci", "-d", "../links", "-m"] + project.materials
                + ["--", "true"], in: "work")
        let last = try product(project)
        for builder in ["ci", "rebuilder"] {
            if project.template != "build-package" { try fresh() }
            Files.remove(stage.path("work/dist"))
            try Files.makeFolder(stage.path("work/dist"))
            try stage.succeed(
                ["run", "-n", last, "--key", builder, "-d", "../links", "-m"] + project.materials
                    + ["-p", "dist", "--"] + project.command, in: "work")
        }
    }

    /// The name of the last step.
    private func product(_ project: TemplateProject) throws -> String {
        try needed(
            [
                "python-sdist": "sdist", "python-wheel": "wheel", "build-package": "package",
                "deb": "package", "ci-tarball": "tarball", "container-image": "image",
            ][project.template], project.template)
    }

    @Test(
        "what makes no sense is one error, and leaves nothing behind",
        arguments: [
            (["--project", ""], "--project \"\""),
            (["--project", "../demo"], "--project \"../demo\""),
            (["--project", "de mo"], "--project \"de mo\""),
            (["--project", "{version}"], "--project \"{version}\""),
            (["--project", "demo", "--name", "a/b"], "--name \"a/b\""),
            (["--project", "demo", "--threshold", "0"], "--threshold 0: 1 expected"),
            (["--project", "demo", "--threshold", "2"], "--threshold 2: 1 expected"),
            (["--project", "demo", "--builders", "0"], "--builders 0: 1 expected"),
            (["--project", "demo", "--signer", "bob", "bob"], "--signer: \"bob\" stands twice"),
            (["--project", "demo", "--tested-by", "bob"], "--tested-by goes with --tests"),
        ] as [([String], String)])
    func senseless(words: [String], message: String) throws {
        let stage = try Stage()
        try stage.expectFailure(
            ["layout", "new", "python-wheel", "--functionary", "alice", "-o", "new/x.yaml"] + words,
            saying: [message])
    }

    @Test(
        "a repository is not made with patterns or a URL that cannot be",
        arguments: [
            (["--files", ""], "--files \"\""), (["--files", "/demo/*"], "--files \"/demo/*\""),
            (["--files", "demo/../*"], "--files \"demo/../*\""),
            (["--files", "in-toto-metadata/*"], "evidence"),
            (["--unattested", "a//b"], "--unattested \"a//b\""),
            (["--url", "example.org"], "URL \"example.org/"),
            (["--url", "ftp://x/y"], "URL \"ftp://"),
            (["--url", "https://exa mple.org"], "URL \"https://exa mple.org"),
        ] as [([String], String)])
    func senselessInit(words: [String], message: String) throws {
        let stage = try Stage()
        try stage.expectFailure(
            ["init", "repository", "--name", "demo"] + words, saying: [message])
    }
}
