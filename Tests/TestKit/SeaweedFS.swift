// SPDX-License-Identifier: Apache-2.0
import Glibc
import RepositoryStorage

/// A real SeaweedFS on 127.0.0.1, on free ports, with its data in a folder of its own: one
/// process, or the reference cluster of master, three volume servers that keep every file twice,
/// filer and S3 gateways, each a process that can be killed and begun again.
///
/// It ends with the last reference.
package final class SeaweedFS: Sendable {
    package enum Shape: Sendable {
        /// All in one process.
        case single
        case cluster(gateways: Int = 1)
    }

    /// One process of it.
    package enum Part: Hashable, Sendable {
        case server, master, filer
        /// 0, 1 or 2.
        case volume(Int)
        case gateway(Int)
    }

    package static let accessKey = "AKTEST"
    package static let secret = "SKTEST"
    /// Anybody may read a file whose name is known, as from a web server.
    private static let identities = """
        {"identities":[{"name":"test","credentials":[{"accessKey":"\(accessKey)",\
        "secretKey":"\(secret)"}],"actions":["Admin","Read","Write","List","Tagging"]},\
        {"name":"anonymous","actions":["Read"]}]}
        """

    private let folder: TemporaryFolder
    private let filerPort: Int
    private let gatewayPorts: [Int]
    private let parts: [Part: ServerProcess]

    /// Starts it and waits until it takes requests.
    ///
    /// - Throws: ``ServerProcessError`` if the program is not there, or does not begin to answer.
    package init(_ shape: Shape = .single) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        try folder.write(SeaweedFS.identities, to: "s3.json")
        var setup = try Setup(folder)
        switch shape {
        case .single: try setup.startAll()
        case .cluster(let gateways): try setup.startParts(gateways: gateways)
        }
        filerPort = setup.filerPort
        gatewayPorts = setup.gatewayPorts
        parts = setup.parts
        for gateway in gatewayPorts.indices { try waitForGateway(gateway) }
    }

    deinit { for part in parts.values { part.end() } }

    /// `http://127.0.0.1:port` of an S3 gateway.
    package func endpoint(_ gateway: Int = 0) -> String {
        "http://127.0.0.1:\(gatewayPorts[gateway])"
    }

    /// What a program reads to find it.
    package func environment(_ gateway: Int = 0) -> [String: String] {
        [
            "AWS_ENDPOINT_URL_S3": endpoint(gateway), "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": SeaweedFS.accessKey, "AWS_SECRET_ACCESS_KEY": SeaweedFS.secret,
        ]
    }

    /// Makes a bucket, by the filer, whose folders buckets are.
    package func makeBucket(_ name: String) throws {
        let answer = LocalHTTP.ask(filerPort, "/buckets/\(name)/", method: "POST")
        guard let answer, (200...299).contains(answer.status) else {
            throw ServerProcessError(words: "bucket \(name): \(answer?.body ?? "no answer")")
        }
    }

    /// Ends a process as a power cut would.
    package func kill(_ part: Part) { parts[part]?.end(SIGKILL) }

    /// Lets a process stand still, with its connections open, until ``resume(_:)``.
    package func pause(_ part: Part) { parts[part]?.signal(SIGSTOP) }

    package func resume(_ part: Part) { parts[part]?.signal(SIGCONT) }

    /// Begins a process again that was ended; a gateway takes requests when this comes back.
    package func start(_ part: Part) throws {
        try parts[part]?.start()
        if case .gateway(let number) = part { try waitForGateway(number) }
        if case .server = part { try waitForGateway(0) }
    }

    /// The end of what a process has printed.
    package func log(_ part: Part) -> String {
        let path = parts[part]?.log ?? ""
        let bytes = (try? FileSystem.read(path)).flatMap { $0 } ?? []
        return String(decoding: bytes.suffix(2000), as: UTF8.self)
    }

    private func waitForGateway(_ number: Int) throws {
        let port = gatewayPorts[number]
        let process = parts[.gateway(number)] ?? parts[.server]
        try SeaweedFS.wait(for: process) { LocalHTTP.ask(port, "/")?.status == 403 }
    }

    fileprivate static func wait(
        for process: ServerProcess?, _ isReady: () -> Bool
    ) throws {
        for _ in 0..<600 {
            if isReady() { return }
            guard process?.isRunning ?? false else { break }
            usleep(50_000)
        }
        let log = process.flatMap { try? FileSystem.read($0.log) }.flatMap { $0 } ?? []
        throw ServerProcessError(
            words: "SeaweedFS does not answer: " + String(decoding: log.suffix(500), as: UTF8.self))
    }
}

/// The processes and their ports, while they are being started.
private struct Setup {
    var parts: [SeaweedFS.Part: ServerProcess] = [:]
    var filerPort = 0
    var gatewayPorts: [Int] = []
    private let folder: TemporaryFolder
    private let program: String

    init(_ folder: TemporaryFolder) throws {
        self.folder = folder
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        program = "\(root)/.build/venv/bin/weed"
        guard access(program, X_OK) == 0 else {
            throw ServerProcessError(
                words: "\(program): not found, expected after `make setup-test`")
        }
    }

    private mutating func start(
        _ part: SeaweedFS.Part, _ name: String, _ words: [String]
    ) throws {
        try FileSystem.makeDirectory(folder(name))
        parts[part] = try ServerProcess(
            [program, "-logtostderr=true"] + words, log: folder("\(name).log"))
    }

    mutating func startAll() throws {
        let ports = try LocalHTTP.freePorts(8)
        try start(
            .server, "server",
            [
                "server", "-dir=\(folder("server"))", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                "-master.port=\(ports[0])", "-master.port.grpc=\(ports[1])",
                "-volume.port=\(ports[2])", "-volume.port.grpc=\(ports[3])", "-filer",
                "-filer.port=\(ports[4])", "-filer.port.grpc=\(ports[5])", "-s3",
                "-s3.port=\(ports[6])", "-s3.port.grpc=\(ports[7])", "-s3.port.iceberg=0",
                "-s3.port.lance=0", "-s3.config=\(folder("s3.json"))",
                "-master.volumeSizeLimitMB=64",
                "-volume.max=400", "-master.telemetry=false",
            ])
        filerPort = ports[4]
        gatewayPorts = [ports[6]]
    }

    mutating func startParts(gateways: Int) throws {
        let ports = try LocalHTTP.freePorts(10 + 2 * gateways)
        let local = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        let own = { (place: Int) in ["-port=\(ports[place])", "-port.grpc=\(ports[place + 1])"] }
        let master = "127.0.0.1:\(ports[0]).\(ports[1])"
        try start(
            .master, "master",
            [
                "master", "-mdir=\(folder("master"))", "-volumeSizeLimitMB=64",
                "-defaultReplication=001",
            ]
                + ["-telemetry=false"] + local + own(0))
        // A volume server that comes before it is told to wait for seconds.
        try SeaweedFS.wait(for: parts[.master]) {
            LocalHTTP.ask(ports[0], "/cluster/status")?.body.contains("\"IsLeader\":true") ?? false
        }
        for number in 0..<3 {
            try start(
                .volume(number), "volume\(number)",
                ["volume", "-dir=\(folder("volume\(number)"))", "-max=200", "-mserver=\(master)"]
                    + ["-rack=r", "-dataCenter=d"]
                    + local + own(2 + 2 * number))
        }
        try start(
            .filer, "filer",
            [
                "filer", "-defaultStoreDir=\(folder("filer"))", "-master=\(master)",
                "-defaultReplicaPlacement=001",
            ] + local + own(8))
        try SeaweedFS.wait(for: parts[.filer]) { LocalHTTP.ask(ports[8], "/")?.status == 200 }
        try SeaweedFS.wait(for: parts[.master]) {
            let status = LocalHTTP.ask(ports[0], "/dir/status")?.body ?? ""
            return [2, 4, 6].allSatisfy { status.contains("127.0.0.1:\(ports[$0])") }
        }
        filerPort = ports[8]
        for number in 0..<gateways {
            try start(
                .gateway(number), "gateway\(number)",
                [
                    "s3", "-ip.bind=127.0.0.1", "-filer=127.0.0.1:\(ports[8]).\(ports[9])",
                    "-port.iceberg=0", "-port.lance=0", "-config=\(folder("s3.json"))",
                ] + own(10 + 2 * number))
            gatewayPorts.append(ports[10 + 2 * number])
        }
    }
}
