// SPDX-License-Identifier: Apache-2.0
import Glibc
import InTotoTools

/// A folder of a test's own, gone with it.
struct TestFolder: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/in-toto-tools-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ToolError(.osError, "no folder for a test") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { removeTree(path) }

    /// Writes a file, and makes the folders that it is in.
    func write(_ bytes: [UInt8], to name: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try ToolFile.write(bytes, to: "\(path)/\(name)")
    }
}

private func removeTree(_ path: String) {
    if let stream = opendir(path) {
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        closedir(stream)
        for name in names {
            var status = stat()
            lstat("\(path)/\(name)", &status)
            if status.st_mode & UInt32(S_IFMT) == UInt32(S_IFDIR) {
                removeTree("\(path)/\(name)")
            } else {
                unlink("\(path)/\(name)")
            }
        }
    }
    rmdir(path)
}
