// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import HTTPTransport
import Releases
import TUFClient

/// Options of every command that asks a server.
struct NetworkOptions: ParsableArguments {
    @Flag(help: "Allow plain HTTP to other machines; what comes is verified all the same.")
    var allowHTTP = false

    @Option(
        name: .customLong("ca-file"),
        help: "Certificates to trust, in PEM, instead of the system's.")
    var caFile: String?

    @Option(
        name: .customLong("ca-dir"),
        help: "The same, a folder of certificates as openssl rehash makes it.")
    var caDirectory: String?

    @Option(
        help: ArgumentHelp(
            "Names and passwords for servers that ask for them, in the form of curl's .netrc.",
            valueName: "file"))
    var netrc: String?

    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "A file with the bearer token for the repository's server; no other one gets it.",
            valueName: "file"))
    var tokenFile: String?

    @OptionGroup var limits: LimitOptions

    /// The transport, and the bounds that belong to other parts.
    ///
    /// - Parameters:
    ///   - origins: URLs of what is asked for; the first one's server may see the token.
    ///   - followingAnywhere: whether redirects may lead to other hosts.
    func transport(
        _ origins: [String] = [], followingAnywhere: Bool = false
    ) throws -> (HTTPTransport, ClientLimits, ReleaseVerifier.Limits) {
        var transport = TransportLimits()
        var client = ClientLimits()
        var evidence = ReleaseVerifier.Limits()
        try limits.apply(&client, &evidence, &transport)
        transport.allowsPlainHTTPBeyondLoopback = allowHTTP
        transport.followsToOtherHosts = followingAnywhere
        var credentials = TransportCredentials(netrcFile: netrc)
        if let tokenFile, let origin = origins.first {
            credentials.token = try BearerToken(file: tokenFile, origin: origin)
        }
        let server = HTTPTransport(
            version: carnetVersion, caFile: caFile, caDirectory: caDirectory,
            credentials: credentials, limits: transport)
        return (server, client, evidence)
    }
}
