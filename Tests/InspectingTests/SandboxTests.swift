// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc
import InTotoMetadata
import InTotoVerification
import Inspecting
import MetadataSigning
import Testing

/// Whether bubblewrap works on this machine: where it does not, the refusal is what is tested.
private let hasSandbox: Bool = {
    let words = "bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev true 2>/dev/null"
    return (try? Shell.run(["sh", "-c", words])) != nil
}()

@Suite("Inspections that are commands", .serialized)
struct SandboxTests {
    private static let bytes = Array("one\n".utf8)
    private let product = Product(
        path: "demo.txt",
        digests: [.sha256: DigestAlgorithm.sha256.hexDigest(of: SandboxTests.bytes)])
    private let folder = TestFolder()

    private func run(
        _ script: String, isUnsandboxed: Bool = false, bubblewrap: String? = nil,
        _ change: (inout CommandLimits) -> Void = { _ in }
    ) async throws -> InspectionRecord? {
        let file = folder.write("demo.txt", Self.bytes)
        var limits = CommandLimits()
        change(&limits)
        let runner = SandboxedInspections(
            of: .path(file), isUnsandboxed: isUnsandboxed, limits: limits,
            bubblewrap: bubblewrap)
        let inspection = Inspection(
            name: "look", run: ["sh", "-c", UTF8Text(script)], expectedMaterials: [],
            expectedProducts: [])
        defer { #expect((try? folder.names()) == ["./demo.txt"]) }
        return try await runner.run(inspection, on: product)
    }

    @Test("a command finds the product alone and reaches nothing else", .enabled(if: hasSandbox))
    func confined() async throws {
        let record = try await run(
            """
            test "$(ls -A)" = demo.txt && test -z "$(ls -A "$HOME")" && test -z "$(ls -A /tmp)" || exit 3
            test ! -e /root && test ! -e /etc/passwd && test ! -e /var || exit 4
            ! touch /usr/x 2>/dev/null && ! touch /x 2>/dev/null || exit 5
            test "$(grep -c : /proc/net/dev)" = 1 || exit 6
            test -z "$SECRET" && test "$(grep NoNewPrivs /proc/self/status | tr -dc 01)" = 1 || exit 7
            cp demo.txt out && mkdir d && ln -s ../out d/link && rm demo.txt
            """)
        #expect(record?.manner == .sandboxed)
        #expect(record?.materials.map(\.name) == ["demo.txt"])
        #expect(record?.products.map(\.name) == ["d/link", "out"])
        #expect(record?.products.allSatisfy { $0.sha256 == product.digests[.sha256] } == true)
    }

    @Test("without a sandbox a command is refused, and nothing is run")
    func refused() async throws {
        let refusal = InspectionFailure.notConfined("exit status 1")
        let beside = folder.path + "/ran"
        await #expect(throws: refusal) {
            try await run("touch '\(beside)'", bubblewrap: "/bin/false")
        }
        await #expect(throws: InspectionFailure.self) {
            try await run("touch '\(beside)'", bubblewrap: "/none/bwrap")
        }
    }

    @Test("unless that was asked for, and the verdict then says so")
    func unsandboxed() async throws {
        let record = try await run(
            "cp demo.txt out", isUnsandboxed: true, bubblewrap: "/bin/false")
        #expect(record?.manner == .unsandboxed)
        #expect(record?.products.map(\.name) == ["demo.txt", "out"])
    }

    @Test("ends, limits and what is left behind", arguments: [false, true])
    func faults(isUnsandboxed: Bool) async throws {
        if !isUnsandboxed && !hasSandbox { return }
        let bubblewrap = isUnsandboxed ? "/bin/false" : nil
        func expect(
            _ failure: InspectionFailure, _ script: String,
            _ change: (inout CommandLimits) -> Void = { _ in }
        ) async {
            await #expect(throws: failure, "\(script)") {
                try await run(
                    script, isUnsandboxed: isUnsandboxed, bubblewrap: bubblewrap, change)
            }
        }
        await expect(.exited(status: 7), "exit 7")
        await expect(.killed(signal: 9), "kill -9 $$")
        await expect(.timedOut(seconds: 1), "sleep 30") { $0.seconds = 1 }
        await expect(.tooMuchOutput(maximumBytes: 1 << 20), "yes")
        await expect(
            .notUnpacked("entry \"l\": link to \"/etc/passwd\" leaves the archive's folder"),
            "ln -s /etc/passwd l")
        await expect(
            .notUnpacked("entry \"p\": named pipe found, file expected"), "mkfifo p")
        // The file that is too large ends the program that writes it.
        await #expect(throws: InspectionFailure.self) {
            try await run(
                "head -c 4096 /dev/zero >large", isUnsandboxed: isUnsandboxed,
                bubblewrap: bubblewrap
            ) { $0.fileBytes = 1024 }
        }
        await #expect(throws: InspectionFailure.self) {
            try await run(
                "exec python3 -c 'x = bytearray(600 << 20)'", isUnsandboxed: isUnsandboxed,
                bubblewrap: bubblewrap
            ) { $0.memoryBytes = 256 << 20 }
        }
    }

    @Test("a file that is not the one that was verified is not looked at")
    func changed() async throws {
        let file = folder.write("demo.txt", Array("two\n".utf8))
        let inspection = Inspection(
            name: "look", run: ["sh"], expectedMaterials: [], expectedProducts: [])
        let runner = SandboxedInspections(of: .path(file), isUnsandboxed: true)
        await #expect(throws: InspectionFailure.productChanged) {
            try await runner.run(inspection, on: product)
        }
        let unpack = Inspection(
            name: "look", run: ["tar", "xf", "demo.txt"], expectedMaterials: [],
            expectedProducts: [])
        await #expect(throws: InspectionFailure.productChanged) {
            try await BuiltInInspections(of: .path(file)).run(unpack, on: product)
        }
    }
}
