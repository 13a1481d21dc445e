// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Releases
import TUFMetadata
import Testing

@Suite("Path templates: which paths a layout governs")
struct PathTemplateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let template: String
        let path: String
        let fit: PathTemplate.Fit

        init(_ template: String, _ path: String, _ fit: PathTemplate.Fit) {
            (self.template, self.path, self.fit) = (template, path, fit)
        }

        var testDescription: String { "\(template) and \(path)" }
    }

    @Test(
        "a path fits segment by segment, and gives the values of the names",
        arguments: [
            Row("demo/a", "demo/a", .one([:])),
            Row("demo/a", "demo/b", .none),
            Row("demo/a", "demo/A", .none),
            Row("demo", "demo/a", .none),
            Row("demo/*", "demo/a", .one([:])),
            Row("demo/*", "demo/a/b", .none),
            Row("*", "a/b", .none),
            Row("demo/?", "demo/a", .one([:])),
            Row("demo/?", "demo/ab", .none),
            Row("demo/*", "demo/é", .one([:])),
            Row("demo/?", "demo/é", .none),
            Row("demo/{v}", "demo/1.0", .one(["v": "1.0"])),
            Row("demo/{v}", "demo/1.0/a", .none),
            Row("demo/{v}", "demo/1 0", .none),
            Row("demo/{v}", "demo/é", .none),
            Row("demo/{v}", "demo/1*0", .none),
            Row("demo/{v}", "demo/{v}", .none),
            Row("demo-{v}.whl", "demo-.whl", .none),
            Row("{v}/demo-{v}.whl", "1.0/demo-1.0.whl", .one(["v": "1.0"])),
            Row("{v}/demo-{v}.whl", "1.0/demo-2.0.whl", .none),
            Row("{v}/demo-{v}-*.whl", "1.0/demo-1.0-py3-none-any.whl", .one(["v": "1.0"])),
            Row("{v}/demo-{v}-*.whl", "1.0/demo-1.0.1-py3.whl", .none),
            Row("{v}/demo-{v}*.whl", "1/demo-1.0.whl", .one(["v": "1"])),
            Row("{name}-{v}.zip", "demo-1.0.zip", .one(["name": "demo", "v": "1.0"])),
            Row("{name}-{v}.zip", "a-b-c.zip", .ambiguous),
            Row("{v}*", "ab", .ambiguous),
            Row("{a}{b}", "xyz", .ambiguous),
            Row("{a}{b}", "xy", .one(["a": "x", "b": "y"])),
            Row("{a}{a}", "abab", .one(["a": "ab"])),
            Row("{a}{a}", "abc", .none),
            Row("*{a}", "a", .one(["a": "a"])),
            Row("**/*", "a/b", .one([:])),
        ])
    func fits(row: Row) throws {
        let template = try #require(PathTemplate(UTF8Text(row.template)))
        #expect(template.fit(path(row.path)) == row.fit)
    }

    @Test(
        "braces must be closed and hold a name; segments must not be empty",
        arguments: [
            "", "/", "a//b", "/a", "a/", "{", "}", "a}", "{}", "{a", "a{b/c}", "{a b}", "{{a}}",
            "{é}", "{a.b}",
        ])
    func malformed(text: String) {
        #expect(PathTemplate(UTF8Text(text)) == nil)
    }

    @Test("names in braces are told, each once")
    func names() throws {
        let template = try #require(PathTemplate("{name}/{v}/{name}-{v}.whl"))
        #expect(template.parameters == ["name", "v"])
        #expect("\(template)" == "{name}/{v}/{name}-{v}.whl")
    }

    @Test(
        "templates made to take forever end, and are not read in one way",
        arguments: [
            String(repeating: "*{a}*{b}", count: 8) + "!",
            String(repeating: "*a", count: 60) + "!",
            (0..<20).map { "{n\($0)}" }.joined() + "!",
        ])
    func pathological(text: String) throws {
        let template = try #require(PathTemplate(UTF8Text(text)))
        let clock = ContinuousClock()
        let took = clock.measure {
            let fit = template.fit(path(String(repeating: "a", count: 180)))
            #expect(fit == .ambiguous || fit == .none)
        }
        #expect(took < .seconds(20))
    }

    @Test(
        "the paths of a file name: the shortest values first",
        arguments: [
            (
                "demo/{v}/demo-{v}-*.whl", "demo-1.0-py3.whl",
                ["demo/1.0/demo-1.0-py3.whl"]
            ),
            (
                "demo/{v}/demo-{v}-*.whl", "demo-1.0-1-any.whl",
                ["demo/1.0/demo-1.0-1-any.whl", "demo/1.0-1/demo-1.0-1-any.whl"]
            ),
            ("demo/{v}.zip", "1.0.zip", ["demo/1.0.zip"]),
            ("demo/{v}.zip", "1.0.tgz", []),
            ("demo/*/{v}.zip", "1.0.zip", []),
            ("{other}/{v}.zip", "1.0.zip", []),
            ("{v}/x-{v}", "x-..", []),
            ("plain.txt", "plain.txt", ["plain.txt"]),
        ])
    func paths(template: String, name: String, paths: [String]) throws {
        let template = try #require(PathTemplate(UTF8Text(template)))
        #expect(template.paths(forFileName: name).map(\.string) == paths)
    }
}
