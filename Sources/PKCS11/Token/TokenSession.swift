// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11
import CanonicalJSON

/// The conversation with one token; used by one thread at a time.
///
/// It is opened when it is first needed and again after the token was away.
struct TokenSession: Sendable {
    let module: Module
    let interaction: TokenInteraction
    /// File of the PIN, if the URI names one.
    let pinSource: String?
    /// The token as it was last seen.
    var info: TokenInfo
    var wrongPINs: [PIN] = []
    /// Private keys found in this session.
    var privateKeys: [KeyReference: PrivateKeyObject] = [:]
    private var openHandle: CK_SESSION_HANDLE?

    init(
        _ module: Module, _ info: TokenInfo, _ interaction: TokenInteraction, pinSource: String?
    ) {
        self.module = module
        self.info = info
        self.interaction = interaction
        self.pinSource = pinSource
    }

    var label: String { info.label.string }

    /// The open session.
    mutating func handle() throws(TokenError) -> CK_SESSION_HANDLE {
        if let openHandle { return openHandle }
        try refreshInfo()
        let handle = try open(flags: CKF_SERIAL_SESSION)
        openHandle = handle
        return handle
    }

    private func open(flags: CK_FLAGS) throws(TokenError) -> CK_SESSION_HANDLE {
        var handle: CK_SESSION_HANDLE = 0
        do {
            try module.call { $0.C_OpenSession?(info.slotID, flags, nil, nil, &handle) }
        } catch {
            throw failure(.session, error)
        }
        return handle
    }

    /// Runs `body` in a session that may change the token; others of it stay logged in.
    mutating func writing<Result>(
        _ body: (inout TokenSession, CK_SESSION_HANDLE) throws(TokenError) -> Result
    ) throws(TokenError) -> Result {
        let handle = try open(flags: CKF_SERIAL_SESSION | CKF_RW_SESSION)
        defer { try? module.call { $0.C_CloseSession?(handle) } }
        return try body(&self, handle)
    }

    /// Ends the conversation, and with its last session the login.
    mutating func close() {
        privateKeys = [:]
        guard let handle = openHandle else { return }
        openHandle = nil
        try? module.call { $0.C_CloseSession?(handle) }
    }

    /// Looks at the token again: its flags tell of wrong PINs.
    mutating func refreshInfo() throws(TokenError) {
        let fresh: TokenInfo
        do {
            fresh = try module.info(ofSlot: info.slotID)
        } catch {
            throw failure(.session, error)
        }
        // Another one in the same reader must not be given this one's PIN.
        guard fresh.isSame(as: info) else { throw .removed(token: label) }
        info = fresh
    }

    /// The error for a return code.
    func failure(_ task: TokenTask, _ code: ReturnCode) -> TokenError {
        if code.isRemoval { return .removed(token: label) }
        switch code.number {
        case CKR_PIN_LOCKED: return .pinLocked(token: label)
        case CKR_USER_PIN_NOT_INITIALIZED: return .noPIN(token: label)
        default: return .failed(token: label, task, code)
        }
    }

    /// Runs `body`; after a failure of the token the session is not used again.
    mutating func closingOnFailure<Result>(
        _ body: (inout TokenSession) throws(TokenError) -> Result
    ) throws(TokenError) -> Result {
        do {
            return try body(&self)
        } catch {
            switch error {
            case .removed, .failed, .nonsense: close()
            default: break
            }
            throw error
        }
    }
}

extension Module {
    static let maximumSlots = 1024

    /// The slots that have a token in them.
    func slots() throws(TokenError) -> [TokenInfo] {
        do throws(ReturnCode) {
            var count: CK_ULONG = 0
            try call { $0.C_GetSlotList?(1, nil, &count) }
            guard count <= Module.maximumSlots else {
                throw ReturnCode(CKR_GENERAL_ERROR)
            }
            // A token may come between the two calls.
            count += 8
            let capacity = Int(count)
            var numbers = [CK_SLOT_ID](repeating: 0, count: capacity)
            try call { $0.C_GetSlotList?(1, &numbers, &count) }
            guard count <= capacity else { throw ReturnCode(CKR_GENERAL_ERROR) }
            var result: [TokenInfo] = []
            for number in numbers.prefix(Int(count)) {
                do {
                    result.append(try info(ofSlot: number))
                } catch  where error.isRemoval {
                    continue
                }
            }
            return result
        } catch {
            throw .module(path: path, .refused(error))
        }
    }

    func info(ofSlot number: CK_SLOT_ID) throws(ReturnCode) -> TokenInfo {
        var library = CK_INFO()
        var slot = CK_SLOT_INFO()
        var token = CK_TOKEN_INFO()
        try call { $0.C_GetInfo?(&library) }
        try call { $0.C_GetSlotInfo?(number, &slot) }
        try call { $0.C_GetTokenInfo?(number, &token) }
        return TokenInfo(number, library, slot, token)
    }

    /// Whether the token does `mechanism`, for what `use` says.
    func offers(
        _ mechanism: CK_MECHANISM_TYPE, for use: CK_FLAGS, slot: CK_SLOT_ID
    ) -> Bool {
        var info = CK_MECHANISM_INFO()
        do {
            try call { $0.C_GetMechanismInfo?(slot, mechanism, &info) }
        } catch {
            return false
        }
        return info.flags & use != 0
    }
}
