// SPDX-License-Identifier: Apache-2.0
#ifndef CARNET_CPKCS11_H
#define CARNET_CPKCS11_H

// What Carnet needs of PKCS #11 v2.40 (OASIS), under the standard's names, and of v3.0 the names
// of Edwards curves. Structures are laid out as the compiler does it, as on every Unix.

typedef unsigned char CK_BYTE;
typedef unsigned char CK_BBOOL;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_FLAGS;
typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_SLOT_ID;
typedef CK_ULONG CK_SESSION_HANDLE;
typedef CK_ULONG CK_OBJECT_HANDLE;
typedef CK_ULONG CK_USER_TYPE;
typedef CK_ULONG CK_STATE;
typedef CK_ULONG CK_ATTRIBUTE_TYPE;
typedef CK_ULONG CK_MECHANISM_TYPE;

typedef struct CK_VERSION {
    CK_BYTE major;
    CK_BYTE minor;
} CK_VERSION;

typedef struct CK_INFO {
    CK_VERSION cryptokiVersion;
    CK_BYTE manufacturerID[32];
    CK_FLAGS flags;
    CK_BYTE libraryDescription[32];
    CK_VERSION libraryVersion;
} CK_INFO;

typedef struct CK_SLOT_INFO {
    CK_BYTE slotDescription[64];
    CK_BYTE manufacturerID[32];
    CK_FLAGS flags;
    CK_VERSION hardwareVersion;
    CK_VERSION firmwareVersion;
} CK_SLOT_INFO;

typedef struct CK_TOKEN_INFO {
    CK_BYTE label[32];
    CK_BYTE manufacturerID[32];
    CK_BYTE model[16];
    CK_BYTE serialNumber[16];
    CK_FLAGS flags;
    CK_ULONG ulMaxSessionCount;
    CK_ULONG ulSessionCount;
    CK_ULONG ulMaxRwSessionCount;
    CK_ULONG ulRwSessionCount;
    CK_ULONG ulMaxPinLen;
    CK_ULONG ulMinPinLen;
    CK_ULONG ulTotalPublicMemory;
    CK_ULONG ulFreePublicMemory;
    CK_ULONG ulTotalPrivateMemory;
    CK_ULONG ulFreePrivateMemory;
    CK_VERSION hardwareVersion;
    CK_VERSION firmwareVersion;
    CK_BYTE utcTime[16];
} CK_TOKEN_INFO;

typedef struct CK_SESSION_INFO {
    CK_SLOT_ID slotID;
    CK_STATE state;
    CK_FLAGS flags;
    CK_ULONG ulDeviceError;
} CK_SESSION_INFO;

typedef struct CK_ATTRIBUTE {
    CK_ATTRIBUTE_TYPE type;
    void *pValue;
    CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

typedef struct CK_MECHANISM {
    CK_MECHANISM_TYPE mechanism;
    void *pParameter;
    CK_ULONG ulParameterLen;
} CK_MECHANISM;

typedef struct CK_MECHANISM_INFO {
    CK_ULONG ulMinKeySize;
    CK_ULONG ulMaxKeySize;
    CK_FLAGS flags;
} CK_MECHANISM_INFO;

typedef struct CK_RSA_PKCS_PSS_PARAMS {
    CK_MECHANISM_TYPE hashAlg;
    CK_ULONG mgf;
    CK_ULONG sLen;
} CK_RSA_PKCS_PSS_PARAMS;

typedef struct CK_C_INITIALIZE_ARGS {
    void *CreateMutex;
    void *DestroyMutex;
    void *LockMutex;
    void *UnlockMutex;
    CK_FLAGS flags;
    void *pReserved;
} CK_C_INITIALIZE_ARGS;

// Flags of slots, tokens, sessions, mechanisms and of C_Initialize.
#define CKF_HW_SLOT 0x4UL
#define CKF_WRITE_PROTECTED 0x2UL
#define CKF_LOGIN_REQUIRED 0x4UL
#define CKF_USER_PIN_INITIALIZED 0x8UL
#define CKF_PROTECTED_AUTHENTICATION_PATH 0x100UL
#define CKF_TOKEN_INITIALIZED 0x400UL
#define CKF_USER_PIN_COUNT_LOW 0x10000UL
#define CKF_USER_PIN_FINAL_TRY 0x20000UL
#define CKF_USER_PIN_LOCKED 0x40000UL
#define CKF_USER_PIN_TO_BE_CHANGED 0x80000UL
#define CKF_RW_SESSION 0x2UL
#define CKF_SERIAL_SESSION 0x4UL
#define CKF_SIGN 0x800UL
#define CKF_GENERATE_KEY_PAIR 0x10000UL
#define CKF_OS_LOCKING_OK 0x2UL

#define CKU_USER 1UL
#define CKU_CONTEXT_SPECIFIC 2UL

#define CKS_RO_USER_FUNCTIONS 1UL
#define CKS_RW_USER_FUNCTIONS 3UL

#define CKO_CERTIFICATE 1UL
#define CKO_PUBLIC_KEY 2UL
#define CKO_PRIVATE_KEY 3UL

#define CKC_X_509 0UL

#define CKK_RSA 0x0UL
#define CKK_EC 0x3UL
#define CKK_EC_EDWARDS 0x40UL

#define CKA_CLASS 0x0UL
#define CKA_TOKEN 0x1UL
#define CKA_PRIVATE 0x2UL
#define CKA_LABEL 0x3UL
#define CKA_VALUE 0x11UL
#define CKA_CERTIFICATE_TYPE 0x80UL
#define CKA_KEY_TYPE 0x100UL
#define CKA_ID 0x102UL
#define CKA_SENSITIVE 0x103UL
#define CKA_SIGN 0x108UL
#define CKA_VERIFY 0x10AUL
#define CKA_MODULUS 0x120UL
#define CKA_MODULUS_BITS 0x121UL
#define CKA_PUBLIC_EXPONENT 0x122UL
#define CKA_PUBLIC_KEY_INFO 0x129UL
#define CKA_EXTRACTABLE 0x162UL
#define CKA_EC_PARAMS 0x180UL
#define CKA_EC_POINT 0x181UL
#define CKA_ALWAYS_AUTHENTICATE 0x202UL

#define CKM_RSA_PKCS_KEY_PAIR_GEN 0x0UL
#define CKM_RSA_PKCS 0x1UL
#define CKM_RSA_PKCS_PSS 0xDUL
#define CKM_SHA256_RSA_PKCS_PSS 0x43UL
#define CKM_SHA384_RSA_PKCS_PSS 0x44UL
#define CKM_SHA512_RSA_PKCS_PSS 0x45UL
#define CKM_SHA256 0x250UL
#define CKM_SHA384 0x260UL
#define CKM_SHA512 0x270UL
#define CKM_EC_KEY_PAIR_GEN 0x1040UL
#define CKM_ECDSA 0x1041UL
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#define CKM_EDDSA 0x1057UL

#define CKG_MGF1_SHA256 2UL
#define CKG_MGF1_SHA384 3UL
#define CKG_MGF1_SHA512 4UL

#define CKR_OK 0x0UL
#define CKR_CANCEL 0x1UL
#define CKR_HOST_MEMORY 0x2UL
#define CKR_SLOT_ID_INVALID 0x3UL
#define CKR_GENERAL_ERROR 0x5UL
#define CKR_FUNCTION_FAILED 0x6UL
#define CKR_ARGUMENTS_BAD 0x7UL
#define CKR_CANT_LOCK 0xAUL
#define CKR_ATTRIBUTE_READ_ONLY 0x10UL
#define CKR_ATTRIBUTE_SENSITIVE 0x11UL
#define CKR_ATTRIBUTE_TYPE_INVALID 0x12UL
#define CKR_ATTRIBUTE_VALUE_INVALID 0x13UL
#define CKR_DATA_INVALID 0x20UL
#define CKR_DATA_LEN_RANGE 0x21UL
#define CKR_DEVICE_ERROR 0x30UL
#define CKR_DEVICE_MEMORY 0x31UL
#define CKR_DEVICE_REMOVED 0x32UL
#define CKR_FUNCTION_CANCELED 0x50UL
#define CKR_FUNCTION_NOT_SUPPORTED 0x54UL
#define CKR_KEY_HANDLE_INVALID 0x60UL
#define CKR_KEY_SIZE_RANGE 0x62UL
#define CKR_KEY_TYPE_INCONSISTENT 0x63UL
#define CKR_KEY_FUNCTION_NOT_PERMITTED 0x68UL
#define CKR_MECHANISM_INVALID 0x70UL
#define CKR_MECHANISM_PARAM_INVALID 0x71UL
#define CKR_OBJECT_HANDLE_INVALID 0x82UL
#define CKR_OPERATION_ACTIVE 0x90UL
#define CKR_OPERATION_NOT_INITIALIZED 0x91UL
#define CKR_PIN_INCORRECT 0xA0UL
#define CKR_PIN_INVALID 0xA1UL
#define CKR_PIN_LEN_RANGE 0xA2UL
#define CKR_PIN_EXPIRED 0xA3UL
#define CKR_PIN_LOCKED 0xA4UL
#define CKR_SESSION_CLOSED 0xB0UL
#define CKR_SESSION_COUNT 0xB1UL
#define CKR_SESSION_HANDLE_INVALID 0xB3UL
#define CKR_SESSION_READ_ONLY 0xB5UL
#define CKR_TEMPLATE_INCOMPLETE 0xD0UL
#define CKR_TEMPLATE_INCONSISTENT 0xD1UL
#define CKR_TOKEN_NOT_PRESENT 0xE0UL
#define CKR_TOKEN_NOT_RECOGNIZED 0xE1UL
#define CKR_TOKEN_WRITE_PROTECTED 0xE2UL
#define CKR_USER_ALREADY_LOGGED_IN 0x100UL
#define CKR_USER_NOT_LOGGED_IN 0x101UL
#define CKR_USER_PIN_NOT_INITIALIZED 0x102UL
#define CKR_USER_TYPE_INVALID 0x103UL
#define CKR_USER_ANOTHER_ALREADY_LOGGED_IN 0x104UL
#define CKR_RANDOM_NO_RNG 0x121UL
#define CKR_DOMAIN_PARAMS_INVALID 0x130UL
#define CKR_CURVE_NOT_SUPPORTED 0x140UL
#define CKR_BUFFER_TOO_SMALL 0x150UL
#define CKR_CRYPTOKI_NOT_INITIALIZED 0x190UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED 0x191UL
#define CKR_FUNCTION_REJECTED 0x200UL

/// The functions of a module in the standard's order; those that Carnet never calls without
/// their parameters.
typedef struct CK_FUNCTION_LIST {
    CK_VERSION version;
    CK_RV (*C_Initialize)(void *arguments);
    CK_RV (*C_Finalize)(void *reserved);
    CK_RV (*C_GetInfo)(CK_INFO *info);
    void (*C_GetFunctionList)(void);
    CK_RV (*C_GetSlotList)(CK_BBOOL tokenPresent, CK_SLOT_ID *slots, CK_ULONG *count);
    CK_RV (*C_GetSlotInfo)(CK_SLOT_ID slot, CK_SLOT_INFO *info);
    CK_RV (*C_GetTokenInfo)(CK_SLOT_ID slot, CK_TOKEN_INFO *info);
    void (*C_GetMechanismList)(void);
    CK_RV (*C_GetMechanismInfo)(
        CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *info);
    void (*C_InitToken)(void);
    void (*C_InitPIN)(void);
    void (*C_SetPIN)(void);
    CK_RV (*C_OpenSession)(
        CK_SLOT_ID slot, CK_FLAGS flags, void *application, void *notify,
        CK_SESSION_HANDLE *session);
    CK_RV (*C_CloseSession)(CK_SESSION_HANDLE session);
    void (*C_CloseAllSessions)(void);
    CK_RV (*C_GetSessionInfo)(CK_SESSION_HANDLE session, CK_SESSION_INFO *info);
    void (*C_GetOperationState)(void);
    void (*C_SetOperationState)(void);
    CK_RV (*C_Login)(
        CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG pinLength);
    void (*C_Logout)(void);
    void (*C_CreateObject)(void);
    void (*C_CopyObject)(void);
    CK_RV (*C_DestroyObject)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
    void (*C_GetObjectSize)(void);
    CK_RV (*C_GetAttributeValue)(
        CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
        CK_ULONG count);
    void (*C_SetAttributeValue)(void);
    CK_RV (*C_FindObjectsInit)(
        CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count);
    CK_RV (*C_FindObjects)(
        CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG maximum, CK_ULONG *count);
    CK_RV (*C_FindObjectsFinal)(CK_SESSION_HANDLE session);
    void (*C_EncryptInit)(void);
    void (*C_Encrypt)(void);
    void (*C_EncryptUpdate)(void);
    void (*C_EncryptFinal)(void);
    void (*C_DecryptInit)(void);
    void (*C_Decrypt)(void);
    void (*C_DecryptUpdate)(void);
    void (*C_DecryptFinal)(void);
    void (*C_DigestInit)(void);
    void (*C_Digest)(void);
    void (*C_DigestUpdate)(void);
    void (*C_DigestKey)(void);
    void (*C_DigestFinal)(void);
    CK_RV (*C_SignInit)(
        CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
    CK_RV (*C_Sign)(
        CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
        CK_ULONG *signatureLength);
    void (*C_SignUpdate)(void);
    void (*C_SignFinal)(void);
    void (*C_SignRecoverInit)(void);
    void (*C_SignRecover)(void);
    void (*C_VerifyInit)(void);
    void (*C_Verify)(void);
    void (*C_VerifyUpdate)(void);
    void (*C_VerifyFinal)(void);
    void (*C_VerifyRecoverInit)(void);
    void (*C_VerifyRecover)(void);
    void (*C_DigestEncryptUpdate)(void);
    void (*C_DecryptDigestUpdate)(void);
    void (*C_SignEncryptUpdate)(void);
    void (*C_DecryptVerifyUpdate)(void);
    void (*C_GenerateKey)(void);
    CK_RV (*C_GenerateKeyPair)(
        CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *publicAttributes,
        CK_ULONG publicCount, CK_ATTRIBUTE *privateAttributes, CK_ULONG privateCount,
        CK_OBJECT_HANDLE *publicKey, CK_OBJECT_HANDLE *privateKey);
    void (*C_WrapKey)(void);
    void (*C_UnwrapKey)(void);
    void (*C_DeriveKey)(void);
    void (*C_SeedRandom)(void);
    void (*C_GenerateRandom)(void);
    void (*C_GetFunctionStatus)(void);
    void (*C_CancelFunction)(void);
    void (*C_WaitForSlotEvent)(void);
} CK_FUNCTION_LIST;

/// Loads a module and asks it for its functions. The module stays loaded: many do not survive
/// being unloaded.
///
/// Returns 0; 1 if it cannot be loaded, with dlopen's words in `words`, cut to `capacity` with
/// their NUL; 2 if it is no PKCS #11 module; 3 if it gives no functions or those of a version
/// other than 2.x and 3.x, whose list begins alike.
int carnet_pkcs11_load(
    const char *path, CK_FUNCTION_LIST **functions, char *words, unsigned long capacity);

#endif
