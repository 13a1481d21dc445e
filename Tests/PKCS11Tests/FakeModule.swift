// SPDX-License-Identifier: Apache-2.0
import Glibc
import PKCS11

/// A module of the tests' own, with one token "fake" that has one key "only".
///
/// Each has its own copy of the file and so its own state.
final class FakeModule {
    static let pin = "4711"

    /// The module, compiled once.
    private static let compiled = Result {
        let folder = try temporaryFolder()
        defer { _ = try? Program.run(["rm", "-rf", folder]) }
        let path = "\(folder)/fake.so"
        try Program.run([
            "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
            "-I\(root)/Sources/CPKCS11/include",
            "\(root)/Tests/PKCS11Tests/FakeModule/fake.c", "-o", path, "-lcrypto",
        ])
        return try bytes(path)
    }

    let path: String
    private let handle: UnsafeMutableRawPointer

    /// - Parameter settings: names of fake.c, and the value of each.
    init(_ settings: [String: Int] = [:]) throws {
        let folder = try temporaryFolder()
        path = "\(folder)/fake.so"
        try FakeModule.write(try FakeModule.compiled.get(), to: path)
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw Program.Failure(description: String(cString: dlerror()))
        }
        self.handle = handle
        for (name, value) in settings { self[name] = value }
    }

    deinit { _ = try? Program.run(["rm", "-rf", String(path.dropLast("/fake.so".count))]) }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else {
            throw Program.Failure(description: "\(path): cannot be read")
        }
        defer { fclose(file) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            result += chunk[..<count]
        }
        return result
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "we") else {
            throw Program.Failure(description: "\(path): cannot be written")
        }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw Program.Failure(description: "\(path): cannot be written")
        }
    }

    subscript(_ name: String) -> Int {
        get {
            typealias Get = @convention(c) (UnsafePointer<CChar>) -> Int
            return unsafeBitCast(dlsym(handle, "fake_get"), to: Get.self)(name)
        }
        set {
            typealias Set = @convention(c) (UnsafePointer<CChar>, Int) -> Void
            unsafeBitCast(dlsym(handle, "fake_set"), to: Set.self)(name, newValue)
        }
    }

    func key(_ person: Person) throws(TokenError) -> TokenKey {
        try TokenKey(
            PKCS11URI(token: "fake"), module: path, interaction: person.interaction)
    }
}
