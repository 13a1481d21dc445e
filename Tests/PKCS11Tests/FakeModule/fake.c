// SPDX-License-Identifier: Apache-2.0
// A PKCS #11 module with one token and one key, for the answers that no token can be brought to
// give on demand. A test compiles it, copies it for a state of its own, and tells it with
// fake_set what to do.
#include "CPKCS11.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define PIN "4711"
#define PRIVATE_KEY 1
#define PUBLIC_KEY 2

static struct {
    const char *name;
    long value;
} state[] = {
    // What it is like.
    {"pin-pad", 0}, {"always-authenticate", 0}, {"no-login", 0}, {"no-pin", 0}, {"hardware", 0},
    {"rsa", 0}, {"no-hashing-pss", 0}, {"bare-point", 0}, {"not-for-signing", 0},
    // Return codes.
    {"initialize-code", 0}, {"login-code", 0}, {"sign-init-code", 0}, {"sign-code", 0},
    {"open-code", 0}, {"generate-code", 0},
    // Nonsense.
    {"huge-attribute", 0}, {"unavailable-attribute", 0}, {"growing-attribute", 0},
    {"huge-signature", 0}, {"short-signature", 0}, {"wrong-signature", 0},
    {"endless-objects", 0}, {"too-many-objects", 0}, {"too-many-slots", 0},
    {"two-private-keys", 0}, {"extractable", 0}, {"no-generation", 0},
    // What happens to it.
    {"removed", 0}, {"other-token", 0}, {"wrong-pins", 0},
    // What was called.
    {"initialized", 0}, {"finalized", 0}, {"logins", 0}, {"context-logins", 0},
    {"open-sessions", 0}, {"signatures", 0}, {"mechanism", 0}, {"destroyed", 0},
    {"generated", 0},
};

static long *place(const char *name) {
    for (size_t i = 0; i < sizeof state / sizeof *state; i++) {
        if (!strcmp(state[i].name, name)) return &state[i].value;
    }
    __builtin_trap();
}

void fake_set(const char *name, long value) { *place(name) = value; }
long fake_get(const char *name) { return *place(name); }

#define IS(name) (*place(name) != 0)
#define COUNT(name) (*place(name) += 1)

static EVP_PKEY *key;
static int logged_in, searching, search_class, signing, confirmed;
// Of the one key; a new one takes its place.
static char label[64] = "only";
static unsigned char id = 9;

static void make_key(void) {
    if (key) return;
    key = IS("rsa") ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
                    : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static CK_RV initialize(void *arguments) {
    const CK_C_INITIALIZE_ARGS *given = arguments;
    if (!given || given->flags != CKF_OS_LOCKING_OK) return CKR_ARGUMENTS_BAD;
    COUNT("initialized");
    return (CK_RV)*place("initialize-code");
}

static CK_RV finalize(void *reserved) {
    (void)reserved;
    COUNT("finalized");
    return CKR_OK;
}

static void pad(CK_BYTE *field, size_t size, const char *text) {
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static CK_RV get_info(CK_INFO *info) {
    memset(info, 0, sizeof *info);
    pad(info->manufacturerID, sizeof info->manufacturerID, "nobody");
    pad(info->libraryDescription, sizeof info->libraryDescription, "fake");
    info->libraryVersion.major = 1;
    return CKR_OK;
}

static CK_RV get_slots(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count) {
    (void)present;
    CK_ULONG capacity = *count;
    *count = IS("too-many-slots") ? 1UL << 40 : 1;
    if (!slots) return CKR_OK;
    if (capacity < 1) return CKR_BUFFER_TOO_SMALL;
    slots[0] = 7;
    return CKR_OK;
}

static CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info) {
    if (slot != 7) return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    pad(info->slotDescription, sizeof info->slotDescription, "reader 1");
    pad(info->manufacturerID, sizeof info->manufacturerID, "maker");
    info->flags = 1 | (IS("hardware") ? CKF_HW_SLOT : 0);
    return CKR_OK;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    if (slot != 7) return CKR_SLOT_ID_INVALID;
    if (IS("removed")) return CKR_TOKEN_NOT_PRESENT;
    memset(info, 0, sizeof *info);
    pad(info->label, sizeof info->label, "fake");
    pad(info->manufacturerID, sizeof info->manufacturerID, "nobody");
    pad(info->model, sizeof info->model, "");
    // Some modules fill up with NULs.
    strcpy((char *)info->serialNumber, IS("other-token") ? "2" : "1");
    info->flags = CKF_TOKEN_INITIALIZED;
    if (!IS("no-login")) info->flags |= CKF_LOGIN_REQUIRED;
    if (!IS("no-pin")) info->flags |= CKF_USER_PIN_INITIALIZED;
    if (IS("pin-pad")) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    long wrong = *place("wrong-pins");
    if (wrong > 0) info->flags |= CKF_USER_PIN_COUNT_LOW;
    if (wrong == 2) info->flags |= CKF_USER_PIN_FINAL_TRY;
    if (wrong > 2) info->flags |= CKF_USER_PIN_LOCKED;
    return CKR_OK;
}

static CK_RV get_mechanism_info(
    CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *info) {
    (void)slot;
    memset(info, 0, sizeof *info);
    long lacks = mechanism == CKM_SHA256_RSA_PKCS_PSS ? *place("no-hashing-pss") : 0;
    if (lacks == 1) return CKR_MECHANISM_INVALID;
    // Or it does it, but not for signing.
    info->flags = lacks ? 0 : CKF_SIGN;
    return CKR_OK;
}

static CK_RV open_session(
    CK_SLOT_ID slot, CK_FLAGS flags, void *application, void *notify,
    CK_SESSION_HANDLE *session) {
    (void)application;
    (void)notify;
    if (slot != 7 || !(flags & CKF_SERIAL_SESSION)) return CKR_ARGUMENTS_BAD;
    if (IS("removed")) return CKR_TOKEN_NOT_PRESENT;
    if (IS("open-code")) return (CK_RV)*place("open-code");
    make_key();
    COUNT("open-sessions");
    *session = 1;
    return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
    (void)session;
    if (--*place("open-sessions") == 0) logged_in = 0;
    signing = searching = confirmed = 0;
    return CKR_OK;
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info) {
    (void)session;
    if (IS("removed")) return CKR_SESSION_HANDLE_INVALID;
    memset(info, 0, sizeof *info);
    info->slotID = 7;
    info->state = logged_in ? CKS_RO_USER_FUNCTIONS : 0;
    return CKR_OK;
}

static CK_RV login(
    CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG length) {
    (void)session;
    if (IS("removed")) return CKR_DEVICE_REMOVED;
    if (user == CKU_CONTEXT_SPECIFIC && !signing) return CKR_OPERATION_NOT_INITIALIZED;
    COUNT(user == CKU_CONTEXT_SPECIFIC ? "context-logins" : "logins");
    if (IS("login-code")) return (CK_RV)*place("login-code");
    if (*place("wrong-pins") > 2) return CKR_PIN_LOCKED;
    int right = IS("pin-pad") ? !pin && length == 0
                              : pin && length == strlen(PIN) && !memcmp(pin, PIN, length);
    if (!right) {
        COUNT("wrong-pins");
        return CKR_PIN_INCORRECT;
    }
    *place("wrong-pins") = 0;
    if (user == CKU_CONTEXT_SPECIFIC) confirmed = 1;
    else logged_in = 1;
    return CKR_OK;
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count) {
    (void)session;
    if (IS("removed")) return CKR_DEVICE_REMOVED;
    if (searching) return CKR_OPERATION_ACTIVE;
    searching = 1;
    search_class = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        if (attributes[i].type == CKA_CLASS) {
            search_class = (int)*(const CK_ULONG *)attributes[i].pValue;
        }
    }
    return CKR_OK;
}

static CK_RV find(
    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG maximum, CK_ULONG *count) {
    (void)session;
    *count = 0;
    if (IS("too-many-objects")) {
        *count = maximum + 1;
        return CKR_OK;
    }
    if (IS("endless-objects")) {
        for (CK_ULONG i = 0; i < maximum; i++) objects[i] = PUBLIC_KEY;
        *count = maximum;
        return CKR_OK;
    }
    if (searching == 1 && search_class != CKO_PRIVATE_KEY && search_class != CKO_CERTIFICATE) {
        objects[(*count)++] = PUBLIC_KEY;
    }
    if (searching == 1 && (!search_class || search_class == CKO_PRIVATE_KEY) && (logged_in || IS("no-login"))) {
        objects[(*count)++] = PRIVATE_KEY;
        if (IS("two-private-keys")) objects[(*count)++] = PRIVATE_KEY;
    }
    searching = 2;
    return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session) {
    (void)session;
    searching = 0;
    return CKR_OK;
}

// The number of bytes of the attribute, put at `output`; -1 if there is none.
static long attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, unsigned char *output) {
    CK_ULONG number;
    size_t length = 0;
    BIGNUM *value = NULL;
    static const unsigned char curve[] = {6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7};
    switch (type) {
    case CKA_LABEL: memcpy(output, label, strlen(label)); return (long)strlen(label);
    case CKA_ID: output[0] = id; return 1;
    case CKA_KEY_TYPE:
        number = IS("rsa") ? CKK_RSA : CKK_EC;
        memcpy(output, &number, sizeof number);
        return sizeof number;
    case CKA_EC_PARAMS: memcpy(output, curve, sizeof curve); return sizeof curve;
    case CKA_EC_POINT:
        if (IS("bare-point")) {
            EVP_PKEY_get_octet_string_param(key, "pub", output, 1000, &length);
            return (long)length;
        }
        EVP_PKEY_get_octet_string_param(key, "pub", output + 2, 1000, &length);
        output[0] = 4;
        output[1] = (unsigned char)length;
        return (long)length + 2;
    case CKA_MODULUS:
    case CKA_PUBLIC_EXPONENT:
        EVP_PKEY_get_bn_param(key, type == CKA_MODULUS ? "n" : "e", &value);
        length = (size_t)BN_bn2bin(value, output);
        BN_free(value);
        return (long)length;
    case CKA_SIGN: output[0] = !IS("not-for-signing"); return 1;
    case CKA_SENSITIVE: output[0] = 1; return 1;
    case CKA_EXTRACTABLE: output[0] = IS("extractable"); return 1;
    case CKA_ALWAYS_AUTHENTICATE:
        output[0] = object == PRIVATE_KEY && IS("always-authenticate");
        return 1;
    default: return -1;
    }
}

static CK_RV get_attributes(
    CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
    CK_ULONG count) {
    (void)session;
    if (count != 1) return CKR_ARGUMENTS_BAD;
    unsigned char value[1024];
    long length = attribute(object, attributes->type, value);
    if (length < 0) return CKR_ATTRIBUTE_TYPE_INVALID;
    if (attributes->type == CKA_EC_POINT) {
        if (IS("huge-attribute")) length = 1L << 40;
        if (IS("unavailable-attribute")) length = -1;
        if (IS("growing-attribute") && attributes->pValue) length = 2000;
    }
    CK_ULONG capacity = attributes->ulValueLen;
    attributes->ulValueLen = (CK_ULONG)length;
    if (attributes->pValue && length <= (long)sizeof value && (CK_ULONG)length <= capacity) {
        memcpy(attributes->pValue, value, (size_t)length);
    }
    return CKR_OK;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE of) {
    (void)session;
    if (IS("removed")) return CKR_DEVICE_REMOVED;
    if (signing) return CKR_OPERATION_ACTIVE;
    if (of != PRIVATE_KEY) return CKR_KEY_HANDLE_INVALID;
    if (!logged_in && !IS("no-login")) return CKR_USER_NOT_LOGGED_IN;
    if (IS("sign-init-code")) return (CK_RV)*place("sign-init-code");
    *place("mechanism") = (long)mechanism->mechanism;
    if (IS("rsa")) {
        const CK_RSA_PKCS_PSS_PARAMS *parameters = mechanism->pParameter;
        if (mechanism->ulParameterLen != sizeof *parameters || parameters->sLen != 32
            || parameters->hashAlg != CKM_SHA256 || parameters->mgf != CKG_MGF1_SHA256) {
            return CKR_MECHANISM_PARAM_INVALID;
        }
    }
    signing = 1;
    confirmed = 0;
    return CKR_OK;
}

static size_t sign_rsa(const CK_BYTE *data, CK_ULONG length, unsigned char *output) {
    size_t size = 256;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_sign_init(context);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
    if (EVP_PKEY_sign(context, output, &size, data, length) != 1) size = 0;
    EVP_PKEY_CTX_free(context);
    return size;
}

static size_t sign_ec(const CK_BYTE *data, CK_ULONG length, unsigned char *output) {
    unsigned char der[128];
    size_t size = sizeof der;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_sign_init(context);
    if (EVP_PKEY_sign(context, der, &size, data, length) != 1) size = 0;
    EVP_PKEY_CTX_free(context);
    const unsigned char *cursor = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &cursor, (long)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), output, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), output + 32, 32);
    ECDSA_SIG_free(pair);
    return 64;
}

static CK_RV sign(
    CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
    CK_ULONG *capacity) {
    (void)session;
    if (IS("removed")) return CKR_DEVICE_REMOVED;
    if (!signing) return CKR_OPERATION_NOT_INITIALIZED;
    signing = 0;
    if (IS("always-authenticate") && !confirmed) return CKR_USER_NOT_LOGGED_IN;
    if (IS("sign-code")) return (CK_RV)*place("sign-code");
    COUNT("signatures");
    unsigned char output[256];
    size_t size = IS("rsa") ? sign_rsa(data, length, output) : sign_ec(data, length, output);
    if (!size) return CKR_DATA_LEN_RANGE;
    if (IS("wrong-signature")) output[size - 1] ^= 1;
    if (*capacity < size) return CKR_BUFFER_TOO_SMALL;
    memcpy(signature, output, size);
    *capacity = IS("short-signature") ? size - 1 : IS("huge-signature") ? 1UL << 40 : size;
    return CKR_OK;
}

static CK_RV generate(
    CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *publicAttributes,
    CK_ULONG publicCount, CK_ATTRIBUTE *privateAttributes, CK_ULONG privateCount,
    CK_OBJECT_HANDLE *publicKey, CK_OBJECT_HANDLE *privateKey) {
    (void)session;
    (void)publicAttributes;
    (void)publicCount;
    COUNT("generated");
    *place("mechanism") = (long)mechanism->mechanism;
    if (IS("generate-code")) return (CK_RV)*place("generate-code");
    int sealed = 0;
    for (CK_ULONG i = 0; i < privateCount; i++) {
        const CK_ATTRIBUTE *given = &privateAttributes[i];
        const unsigned char *value = given->pValue;
        if (given->type == CKA_SENSITIVE && value[0] == 1) sealed++;
        if (given->type == CKA_EXTRACTABLE && value[0] == 0) sealed++;
        if (given->type == CKA_ID) id = value[0];
        if (given->type == CKA_LABEL) {
            memcpy(label, value, given->ulValueLen);
            label[given->ulValueLen] = 0;
        }
    }
    if (sealed != 2) return CKR_TEMPLATE_INCOMPLETE;
    EVP_PKEY_free(key);
    key = NULL;
    make_key();
    *publicKey = PUBLIC_KEY;
    *privateKey = PRIVATE_KEY;
    return CKR_OK;
}

static CK_RV destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
    (void)session;
    (void)object;
    COUNT("destroyed");
    return CKR_OK;
}

static CK_FUNCTION_LIST list = {
    .version = {2, 40},
    .C_Initialize = initialize,
    .C_Finalize = finalize,
    .C_GetInfo = get_info,
    .C_GetSlotList = get_slots,
    .C_GetSlotInfo = get_slot_info,
    .C_GetTokenInfo = get_token_info,
    .C_GetMechanismInfo = get_mechanism_info,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_GetSessionInfo = get_session_info,
    .C_Login = login,
    .C_FindObjectsInit = find_init,
    .C_FindObjects = find,
    .C_FindObjectsFinal = find_final,
    .C_GetAttributeValue = get_attributes,
    .C_SignInit = sign_init,
    .C_Sign = sign,
    .C_DestroyObject = destroy,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **functions) {
    // A function may be missing.
    list.C_GenerateKeyPair = IS("no-generation") ? NULL : generate;
    *functions = &list;
    return CKR_OK;
}
