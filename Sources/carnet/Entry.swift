// SPDX-License-Identifier: Apache-2.0
import Commands

@main
enum Entry {
    static func main() async { await Carnet.runAndExit() }
}
