// SPDX-License-Identifier: Apache-2.0
/// Linux calls that Swift does not import.
#ifndef CARNET_LINUX_H
#define CARNET_LINUX_H

#include <spawn.h>
#include <sys/types.h>

/// syncfs(2): makes durable what was written to the file system of an open file.
int carnet_syncfs(int descriptor);

/// preadv2(2) of one part with RWF_NOWAIT: reads what is in memory and does not wait for the disk.
ssize_t carnet_pread_cached(int descriptor, void *bytes, size_t count, off_t offset);

/// Keeps the process's memory from core files and from other processes of the same user.
int carnet_forbid_dumps(void);

/// Lets a process that is to be spawned begin in this folder.
int carnet_spawn_in(posix_spawn_file_actions_t *actions, const char *folder);

#endif
