// SPDX-License-Identifier: Apache-2.0

/// Who we are to an S3 store.
package struct S3Credentials: Sendable {
    package let accessKey: String
    let secret: String
    let sessionToken: String?

    package init(accessKey: String, secret: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secret = secret
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials of \(accessKey)" }
    package var debugDescription: String { description }
    /// Nothing that prints a value by looking into it finds the secret.
    package var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}
