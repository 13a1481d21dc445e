// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

int carnet_syncfs(int descriptor) { return syncfs(descriptor); }

int carnet_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) { return -1; }
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int carnet_spawn_in(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

ssize_t carnet_pread_cached(int descriptor, void *bytes, size_t count, off_t offset) {
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    return preadv2(descriptor, &part, 1, offset, RWF_NOWAIT);
}
