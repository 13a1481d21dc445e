// SPDX-License-Identifier: Apache-2.0
import Glibc
import MetadataSigning
import Releases

/// Where a person's keys and trusted repositories are, by the environment.
struct Home {
    /// Folder of keys.
    let keys: String
    /// Folder that holds `repositories/`.
    let state: String

    /// `CARNET_HOME` for all; else the XDG folders.
    ///
    /// - Throws: ``CommandFailure`` if neither is known.
    init() throws {
        if let home = Home.variable("CARNET_HOME") {
            keys = "\(home)/keys"
            state = home
            return
        }
        let base = Home.variable("HOME")
        guard let config = Home.variable("XDG_CONFIG_HOME") ?? base.map({ "\($0)/.config" }),
            let data = Home.variable("XDG_DATA_HOME") ?? base.map({ "\($0)/.local/share" })
        else {
            throw CommandFailure("no home folder known", hint: "set HOME or CARNET_HOME")
        }
        keys = "\(config)/carnet/keys"
        state = "\(data)/carnet"
    }

    /// A variable of the environment that is set and not empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

/// The current moment, by the system's clock.
func currentInstant() -> Instant { Instant(seconds: time(nil)) }
