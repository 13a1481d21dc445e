// SPDX-License-Identifier: Apache-2.0
import CanonicalJSON
import Glibc

/// Where the agent behind a socket is.
///
/// Whoever forwards an agent to a machine lets that machine sign, for as long as the login lasts,
/// whatever it likes: what is shown here need not be what is signed there. Neither protocol nor
/// agent tell a client that it is forwarded: the message `session-bind@openssh.com` goes from
/// ssh to the agent and cannot be asked for. So the socket is looked at, on the connection that
/// is then used:
///
/// 1. The process that listens (SO_PEERCRED, `/proc/PID/comm`) is an ssh server: `sshd`,
///    `sshd-session` or `dropbear`. This holds for `ssh -A` and for sockets forwarded with
///    `ssh -R`, as those of gpg-agent are.
/// 2. The name of the socket is one an ssh server or an editor that works over ssh gives:
///    `~/.ssh/agent/s.*.sshd.*` (OpenSSH 10.1), `vscode-ssh-auth*`.
/// 3. It is the older `/tmp/ssh-*/agent.*`, SSH_CONNECTION says that this is a login over ssh,
///    and the listener is not known to be a local `ssh-agent`. That one leaves its terminal by
///    ending the process that began to listen, while an ssh server's lives with its login.
///
/// A relay that hides all this, such as socat or a container's bind mount, is not seen.
package struct AgentOrigin: Sendable {
    /// The socket, symbolic links resolved.
    package let path: String
    package let listener: Listener
    /// Whether this process runs in a login over ssh.
    package let isRemoteLogin: Bool

    /// The process that began to listen at the socket.
    package enum Listener: Sendable, Equatable {
        case named(String)
        /// It left the socket to another.
        case ended
        /// The system does not say, as with a process of another container.
        case unknown
    }

    package init(path: String, listener: Listener, isRemoteLogin: Bool) {
        self.path = path
        self.listener = listener
        self.isRemoteLogin = isRemoteLogin
    }

    init(_ connection: borrowing AgentConnection, path: String, _ environment: ProcessEnvironment) {
        self.init(
            path: AgentOrigin.resolved(path),
            listener: AgentOrigin.listener(connection.listener),
            isRemoteLogin: environment.value("SSH_CONNECTION") != nil)
    }

    /// Whether the agent is on another machine, as far as can be seen from here.
    package var isForwarded: Bool {
        var isLocal = listener == .ended
        if case .named(let process) = listener {
            if process.utf8.starts(with: "sshd".utf8) { return true }
            if UTF8Text(process) == "dropbear" { return true }
            isLocal = UTF8Text(process) == "ssh-agent"
        }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        guard let name = parts.last.map({ String(decoding: Array($0), as: UTF8.self) }) else {
            return false
        }
        let pieces = name.utf8.split(separator: UInt8(ascii: "."))
        if pieces.count == 4, pieces[0].elementsEqual("s".utf8),
            pieces[2].elementsEqual("sshd".utf8)
        {
            return true
        }
        if name.utf8.starts(with: "vscode-ssh-auth".utf8) { return true }
        guard isRemoteLogin, !isLocal else { return false }
        return parts.count >= 2 && name.utf8.starts(with: "agent.".utf8)
            && parts[parts.count - 2].starts(with: "ssh-".utf8)
    }

    private static func resolved(_ path: String) -> String {
        guard let pointer = realpath(path, nil) else { return path }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    private static func listener(_ process: pid_t?) -> Listener {
        guard let process else { return .unknown }
        if kill(process, 0) < 0, errno == ESRCH { return .ended }
        let file = open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .unknown }
        defer { close(file) }
        // At most 15 bytes and a line end.
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return .unknown }
        return .named(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
