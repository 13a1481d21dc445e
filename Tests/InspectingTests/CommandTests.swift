// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import InTotoMetadata
import InTotoVerification
import Inspecting
import MetadataSigning
import Testing

@Suite("Commands of inspections: what is built in, and what is not understood")
struct CommandTests {
    private func does(_ command: String) throws -> Bool {
        try BuiltInInspections.does(
            command.split(separator: " ", omittingEmptySubsequences: false).map {
                UTF8Text(String($0))
            })
    }

    @Test(
        "commands that are done by Carnet itself",
        arguments: [
            "true", "tar xzf a", "/bin/tar xzf a", "tar -xzfa", "tar --extract --file=a",
            "unzip a", "unzip -qo a -d there", "gzip -d a", "gunzip a", "dpkg-deb -x a b",
            "python3 -m zipfile -e a b", "tar xfC a there", "dpkg-deb -e a",
        ])
    func builtIn(_ command: String) throws {
        #expect(try does(command))
    }

    @Test(
        "programs that are not",
        arguments: [
            "sh -c true", "/opt/tar xzf a", "./tar xzf a", "python3 check.py", "python3",
            "TAR xf a",
            "terraform show", "",
        ])
    func others(_ command: String) throws {
        #expect(try !does(command))
    }

    @Test(
        "arguments that are not understood are named, with those that are",
        arguments: [
            ("tar xzfk a", "xzfk"), ("tar --to-command=sh -xf a", "--to-command=sh"),
            ("tar -xf a member", "member"), ("tar -xf host:a", "host:a"), ("tar -xf -", "-"),
            ("tar xf a --use-compress-program=sh", "--use-compress-program=sh"),
            ("tar --ext -f a", "--ext"), ("tar -I sh -xf a", "-I"), ("tar -xf a -C b -C c", "-C"),
            ("tar xf a --strip-components=x", "x"), ("tar -xzJf a", "-xzJf"),
            ("unzip -j a", "-j"), ("unzip a member", "member"), ("unzip -P secret a", "-P"),
            ("gzip -dS .x a", "-dS"), ("gzip -d a b", "b"),
            ("dpkg-deb -c a", "-c"), ("dpkg-deb -x a b c", "c"),
            ("python3 -m zipfile -l a", "-l"), ("python3 -m zipfile -e a b c", "c"),
        ])
    func notUnderstood(_ command: String, _ argument: String) {
        #expect {
            try does(command)
        } throws: { error in
            guard
                case InspectionFailure.notUnderstood(let found, let program, let understood) =
                    error
            else { return false }
            return found == UTF8Text(argument) && command.hasPrefix(program)
                && "\(error)" == "\(program): \"\(argument)\" found, \(understood) understood"
        }
    }

    @Test(
        "what is missing is named",
        arguments: [
            ("tar xz", "-f FILE"), ("tar -f a", "-x"), ("unzip", "FILE"), ("gzip a", "-d"),
            ("gunzip", "FILE"), ("dpkg-deb -x a", "DIR"), ("python3 -m zipfile -e a", "DIR"),
        ])
    func missing(_ command: String, _ what: String) {
        #expect {
            try does(command)
        } throws: { error in
            guard case InspectionFailure.argumentMissing(let found, _, _) = error else {
                return false
            }
            return found == what
        }
    }

    @Test("another file than the product is not there; folders may not lead out")
    func files() async throws {
        let folder = TestFolder()
        let bytes = [UInt8](repeating: 0, count: 1024)
        let file = folder.write("demo.tar", bytes)
        let product = Product(
            path: "demo.tar", digests: [.sha256: DigestAlgorithm.sha256.hexDigest(of: bytes)])
        func run(_ words: [UTF8Text]) async throws(InspectionFailure) -> [UTF8Text]? {
            let inspection = Inspection(
                name: "unpack", run: words, expectedMaterials: [], expectedProducts: [])
            let record = try await BuiltInInspections(of: .path(file)).run(inspection, on: product)
            return record?.products.map(\.name)
        }
        #expect(try await run(["tar", "xf", "demo.tar"]) == ["demo.tar"])
        await #expect(
            throws: InspectionFailure.noSuchFile(name: "other.tar", product: "demo.tar")
        ) { try await run(["tar", "xf", "other.tar"]) }
        for folder in ["..", "/tmp", "a/../.."] {
            await #expect(throws: InspectionFailure.self, "\(folder)") {
                try await run(["tar", "xf", "demo.tar", "-C", UTF8Text(folder)])
            }
        }
        await #expect(
            throws: InspectionFailure.notUnpacked(
                "entry \"demo.tar\": would replace a file that was there before")
        ) { try await run(["tar", "xf", "demo.tar", "-C", "demo.tar"]) }
        #expect(try folder.names() == ["./demo.tar"])
    }
}
