// SPDX-License-Identifier: Apache-2.0
import TUFRepository

extension RepositoryEdit {
    /// What the change means, compared with what is published.
    func sentences() throws(RepositoryError) -> String {
        changed.prefix(50).map { "\($0)\n" }.joined()
    }
}
