// SPDX-License-Identifier: Apache-2.0
internal import CPKCS11

extension TokenSession {
    /// How many different PINs are tried before it is given up.
    private static let maximumAttempts = 3

    /// Logs in if the token asks for that and nobody is logged in yet.
    ///
    /// - Parameter key: label of the key it is for, to be shown.
    /// - Returns: the PIN, if it was given now.
    mutating func login(for key: String?) throws(TokenError) -> PIN? {
        let handle = try handle()
        guard info.needsLogin, try !isLoggedIn(handle) else { return nil }
        return try authenticate(CKU_USER, for: key)
    }

    /// Gives the PIN once more for the one operation that has begun (CKA_ALWAYS_AUTHENTICATE).
    ///
    /// - Parameter pin: one that was right just now; otherwise it is asked for.
    mutating func confirm(_ pin: PIN?, for key: String) throws(TokenError) {
        if let pin, !info.hasPINPad {
            guard try attempt(CKU_CONTEXT_SPECIFIC, pin) else {
                throw .wrongPIN(token: label, info.tries, isSame: false)
            }
            return
        }
        _ = try authenticate(CKU_CONTEXT_SPECIFIC, for: key)
    }

    func isLoggedIn(_ handle: CK_SESSION_HANDLE) throws(TokenError) -> Bool {
        var status = CK_SESSION_INFO()
        do {
            try module.call { $0.C_GetSessionInfo?(handle, &status) }
        } catch {
            throw failure(.login, error)
        }
        return status.state == CKS_RO_USER_FUNCTIONS || status.state == CKS_RW_USER_FUNCTIONS
    }

    private mutating func authenticate(
        _ user: CK_USER_TYPE, for key: String?
    ) throws(TokenError) -> PIN? {
        try refreshInfo()
        guard info.hasPIN || info.hasPINPad else { throw .noPIN(token: label) }
        if info.hasPINPad { return try authenticateAtDevice(user) }
        for number in 0..<TokenSession.maximumAttempts {
            guard info.tries != .locked else { throw .pinLocked(token: label) }
            let request = PINRequest(
                tokenLabel: label, keyLabel: key, tries: info.tries, isRepeated: number > 0,
                isForOneSignature: user == CKU_CONTEXT_SPECIFIC)
            guard let pin = try self.pin(request) else {
                if number == 0 { throw .pinNeeded(token: label) }
                break
            }
            guard !wrongPINs.contains(where: { $0.isSame(as: pin) }) else {
                throw .wrongPIN(token: label, info.tries, isSame: true)
            }
            if try attempt(user, pin) { return pin }
        }
        throw .wrongPIN(token: label, info.tries, isSame: false)
    }

    /// A file's PIN does not get the last try: nobody could stop it from locking the token.
    private func pin(_ request: PINRequest) throws(TokenError) -> PIN? {
        if let pinSource, request.tries != .finalTry, !request.isRepeated {
            return try PIN.read(pinSource)
        }
        guard var bytes = interaction.pin(request), !bytes.isEmpty else { return nil }
        return PIN(&bytes)
    }

    private mutating func authenticateAtDevice(
        _ user: CK_USER_TYPE
    ) throws(TokenError) -> PIN? {
        guard info.tries != .locked else { throw .pinLocked(token: label) }
        interaction.notice(.pinPad(token: label, tries: info.tries))
        guard try attempt(user, nil) else {
            throw .wrongPIN(token: label, info.tries, isSame: false)
        }
        return nil
    }

    /// - Returns: `false` if the PIN was wrong; it is remembered, so as not to be tried again.
    private mutating func attempt(_ user: CK_USER_TYPE, _ pin: PIN?) throws(TokenError) -> Bool {
        let handle = try handle()
        do {
            try module.call {
                $0.C_Login?(handle, user, pin?.pointer, CK_ULONG(pin?.count ?? 0))
            }
        } catch {
            switch error.number {
            case CKR_USER_ALREADY_LOGGED_IN: return true
            case CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE:
                if let pin { wrongPINs.append(pin) }
                try refreshInfo()
                guard info.tries != .locked else { throw .pinLocked(token: label) }
                return false
            default: throw failure(.login, error)
            }
        }
        return true
    }
}
