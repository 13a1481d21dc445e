// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A request path, compared by its bytes.
package struct PathKey: Hashable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    package static func == (left: PathKey, right: PathKey) -> Bool {
        var (left, right) = (left.path, right.path)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                left.count == right.count
                    && (left.isEmpty
                        || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0)
            }
        }
    }

    package func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
