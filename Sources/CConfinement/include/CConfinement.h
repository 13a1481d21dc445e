// SPDX-License-Identifier: Apache-2.0
/// Starts a program with limits, which posix_spawn cannot.
#ifndef CARNET_CONFINEMENT_H
#define CARNET_CONFINEMENT_H

#include <stdint.h>
#include <sys/types.h>

/// How a program is started; strings are not taken over.
typedef struct {
    /// What to run: a path, without a search.
    const char *program;
    char *const *arguments;
    char *const *environment;
    /// The folder that it begins in.
    int folder;
    /// Becomes its standard output and standard error; its standard input is empty.
    int output;
    /// Bytes that it may map, and that a file it writes may have.
    uint64_t memory_bytes;
    uint64_t file_bytes;
    /// Seconds of processor time.
    uint64_t seconds;
    uint64_t open_files;
    /// Whether it may not gain privileges by what it executes.
    int no_new_privileges;
} carnet_confinement;

/// Starts it in a session of its own, killed with the thread that starts it, with no other
/// descriptor than its standard ones.
///
/// Returns its process id; -1 with `errno` set if it could not be started.
pid_t carnet_start_confined(const carnet_confinement *confinement);

#endif
