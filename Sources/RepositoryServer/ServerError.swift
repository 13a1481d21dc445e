// SPDX-License-Identifier: Apache-2.0

/// Why the server did not start, or stopped by itself.
public enum ServerError: Error, Equatable, Sendable {
    /// There is no directory of this name.
    case directoryMissing(String)
    /// The directory holds no folder `metadata`, or a link in its place.
    case metadataMissing(in: String)
    /// Another program listens on this port.
    case portInUse(Int)
    /// The system does not let this user listen on this port.
    case portNotPermitted(Int)
    /// No port has this number.
    case portOutOfRange(Int)
    /// This machine has no such address.
    case addressUnavailable(String)
    /// The listening socket could not be made, or was lost; the system's error number, 0 if it
    /// gave none.
    case listenerFailed(errno: Int32)
}

extension ServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .directoryMissing(let path): "\(path): no such directory, expected a repository"
        case .metadataMissing(let path):
            "\(path): no folder metadata in it, expected a repository"
        case .portInUse(let port): "port \(port): already in use, choose another with --port"
        case .portNotPermitted(let port):
            "port \(port): not permitted to this user, choose one above 1023 with --port"
        case .portOutOfRange(let port): "port \(port): out of range, expected 0 to 65535"
        case .addressUnavailable(let address):
            "address \(address): not an address of this machine, expected one such as 127.0.0.1"
        case .listenerFailed(let number):
            "listening socket: lost, system error \(number)"
        }
    }
}
