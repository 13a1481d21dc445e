// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON
import Synchronization

/// A PKCS #11 module, loaded into this process and initialised; ended with its last user.
///
/// The list of functions does not change once it is there, and C_Initialize told the module
/// that several threads will call it.
final class Module: @unchecked Sendable {
    let path: String
    private let list: UnsafeMutablePointer<CK_FUNCTION_LIST>

    /// How often each module is in use here, and whether C_Initialize was this program's: one
    /// that somebody else began is not ours to end. By the address of the list, since a module
    /// may have several paths.
    private static let users = Mutex<[UInt: (count: Int, isOurs: Bool)]>([:])

    init(path: String) throws(TokenError) {
        var list: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        var words = [CChar](repeating: 0, count: 512)
        let code = carnet_pkcs11_load(path, &list, &words, UInt(words.count))
        guard code == 0, let list else {
            let reason = String(
                decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw .module(path: path, code == 1 ? .notLoaded(reason) : .notPKCS11)
        }
        self.path = path
        self.list = list
        if let failure = Module.begin(list) { throw .module(path: path, .refused(failure)) }
    }

    deinit { Module.end(list) }

    private static func begin(_ list: UnsafeMutablePointer<CK_FUNCTION_LIST>) -> ReturnCode? {
        users.withLock { users in
            let address = UInt(bitPattern: list)
            if let user = users[address] {
                users[address] = (user.count + 1, user.isOurs)
                return nil
            }
            var arguments = CK_C_INITIALIZE_ARGS()
            arguments.flags = CKF_OS_LOCKING_OK
            let code = list.pointee.C_Initialize?(&arguments) ?? CKR_FUNCTION_NOT_SUPPORTED
            guard code == CKR_OK || code == CKR_CRYPTOKI_ALREADY_INITIALIZED else {
                return ReturnCode(code)
            }
            users[address] = (1, code == CKR_OK)
            return nil
        }
    }

    private static func end(_ list: UnsafeMutablePointer<CK_FUNCTION_LIST>) {
        users.withLock { users in
            let address = UInt(bitPattern: list)
            guard let user = users[address] else { return }
            users[address] = user.count > 1 ? (user.count - 1, user.isOurs) : nil
            if user.count == 1, user.isOurs { _ = list.pointee.C_Finalize?(nil) }
        }
    }

    /// Calls one function of the module; `nil` is what a missing one gives.
    func call(_ body: (CK_FUNCTION_LIST) -> CK_RV?) throws(ReturnCode) {
        let code = body(list.pointee) ?? CKR_FUNCTION_NOT_SUPPORTED
        guard code == CKR_OK else { throw ReturnCode(code) }
    }
}

/// Why a file cannot be used as a module.
package enum ModuleFault: Error, Equatable, Sendable {
    /// The system's words.
    case notLoaded(String)
    case notPKCS11
    case refused(ReturnCode)
}

extension ModuleFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notLoaded(let words): "not a module that can be loaded: \(quoted(words))"
        case .notPKCS11: "not a PKCS #11 module"
        case .refused(let code): "does not start: \(code)"
        }
    }
}
