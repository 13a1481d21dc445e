// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import HTTPTransport

/// Options of every command that asks a server.
struct NetworkOptions: ParsableArguments {
    @Flag(help: "Allow plain HTTP to other machines; what comes is verified all the same.")
    var allowHTTP = false

    @Option(
        name: .customLong("ca-file"),
        help: "Certificates to trust, in PEM, instead of the system's.")
    var caFile: String?

    func transport() -> HTTPTransport {
        var limits = TransportLimits()
        limits.allowsPlainHTTPBeyondLoopback = allowHTTP
        return HTTPTransport(version: carnetVersion, caFile: caFile, limits: limits)
    }
}
