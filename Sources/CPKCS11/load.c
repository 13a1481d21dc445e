// SPDX-License-Identifier: Apache-2.0
#include "CPKCS11.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef CK_RV (*get_function_list)(CK_FUNCTION_LIST **functions);

int carnet_pkcs11_load(
    const char *path, CK_FUNCTION_LIST **functions, char *words, unsigned long capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(words, capacity, "%s", reason ? reason : "unknown");
        return 1;
    }
    void *symbol = dlsym(handle, "C_GetFunctionList");
    if (!symbol) {
        return 2;
    }
    get_function_list get;
    memcpy(&get, &symbol, sizeof get);
    *functions = NULL;
    if (get(functions) != CKR_OK || !*functions || ((*functions)->version.major != 2 && (*functions)->version.major != 3)) {
        return 3;
    }
    return 0;
}
