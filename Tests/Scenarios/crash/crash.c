/* SPDX-License-Identifier: Apache-2.0
 *
 * A library for LD_PRELOAD that ends a process, or lets a system call fail, at the n-th change
 * that it makes to files below one folder. Built and used by the crash tests alone.
 *
 *   CRASH_FOLDER  the folder; absolute, without links
 *   CRASH_AT      n, from 1
 *   CRASH_HOW     before   SIGKILL instead of the call
 *                 after    SIGKILL when the call is done
 *                 short    half of a write, then SIGKILL; other calls than writes do not count
 *                 a number that error from the call, once; a write does half of its work first
 *   CRASH_WITHOUT names of calls, separated by blanks, that fail always, as on a file system that
 *                 has none of them; an open of a file without a name is called tmpfile
 *   CRASH_LOG     a file that gets the name of each call that counts, and what it is about
 *
 * The variables are removed from the environment at the start, LD_PRELOAD with them: no program
 * that this one starts inherits them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static char how[16];
static char without[256];
static int log_file = -1;
static long at;
static atomic_long calls;

static void take(const char *name, char *into, size_t size) {
    const char *value = getenv(name);
    if (value)
        snprintf(into, size, "%s", value);
    unsetenv(name);
}

__attribute__((constructor)) static void begin(void) {
    char number[32] = "0", log[PATH_MAX] = "";
    take("CRASH_FOLDER", folder, sizeof folder);
    take("CRASH_AT", number, sizeof number);
    take("CRASH_HOW", how, sizeof how);
    take("CRASH_WITHOUT", without, sizeof without);
    take("CRASH_LOG", log, sizeof log);
    unsetenv("LD_PRELOAD");
    at = atol(number);
    if (*log)
        log_file = (int)syscall(SYS_openat, AT_FDCWD, log,
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* `next`: the function of this name that the program would call without us. */
#define REAL(result, name, ...)                                                                    \
    static result (*next)(__VA_ARGS__);                                                            \
    if (!next)                                                                                     \
        next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int below(const char *path) {
    size_t length = strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == 0);
}

static int path_of(int descriptor, char *path, size_t size) {
    char link[64];
    if (descriptor == AT_FDCWD)
        return getcwd(path, size) ? 1 : 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, size - 1);
    path[count > 0 ? count : 0] = 0;
    return count > 0;
}

static int is_ours(int at_folder, const char *path, char *shown, size_t size) {
    if (path[0] == '/') {
        snprintf(shown, size, "%s", path);
    } else {
        char base[PATH_MAX];
        if (!path_of(at_folder, base, sizeof base))
            return 0;
        snprintf(shown, size, "%s/%s", base, path);
    }
    return below(shown);
}

/* Whether a call is among those of a list. */
static int is_listed(const char *list, const char *call) {
    size_t length = strlen(call);
    for (const char *found = list; (found = strstr(found, call)); found += length)
        if ((found == list || found[-1] == ' ') && (found[length] == ' ' || !found[length]))
            return 1;
    return 0;
}

enum turn { go_on, kill_after, do_half, fail };

/* What is to be done at this call; does not return where the process is to end before it. */
static enum turn turn(const char *call, const char *shown, int is_write) {
    int is_short = strcmp(how, "short") == 0;
    if (is_listed(without, call)) {
        errno = EOPNOTSUPP;
        return fail;
    }
    if (is_short && !is_write)
        return go_on;
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (log_file >= 0)
        dprintf(log_file, "%ld %s %s\n", number, call, shown);
    if (number != at)
        return go_on;
    if (strcmp(how, "before") == 0)
        kill(getpid(), SIGKILL);
    if (is_short)
        return do_half;
    if (strcmp(how, "after") == 0)
        return kill_after;
    errno = atoi(how);
    return fail;
}

/* Performs the call, or what takes its place. */
#define PERFORM(call, is_below, perform)                                                           \
    do {                                                                                           \
        char shown[2 * PATH_MAX];                                                                  \
        if (!(is_below))                                                                           \
            return perform;                                                                        \
        enum turn now = turn(call, shown, 0);                                                      \
        if (now == fail)                                                                           \
            return -1;                                                                             \
        int done = perform;                                                                        \
        if (now == kill_after)                                                                     \
            kill(getpid(), SIGKILL);                                                               \
        return done;                                                                               \
    } while (0)

#define ON_PATH(call, at_folder, path, perform)                                                    \
    PERFORM(call, is_ours(at_folder, path, shown, sizeof shown), perform)

#define ON_DESCRIPTOR(call, descriptor, perform)                                                   \
    PERFORM(call, path_of(descriptor, shown, sizeof shown) && below(shown), perform)

#define ON_WRITE(call, descriptor, length, whole, half)                                            \
    do {                                                                                           \
        char shown[PATH_MAX];                                                                      \
        if (!path_of(descriptor, shown, sizeof shown) || !below(shown))                            \
            return whole;                                                                          \
        enum turn now = turn(call, shown, 1);                                                      \
        if (now == fail || now == do_half) {                                                       \
            int error = errno;                                                                     \
            if ((length) > 1)                                                                      \
                (void)!(half);                                                                     \
            if (now == do_half)                                                                    \
                kill(getpid(), SIGKILL);                                                           \
            errno = error;                                                                         \
            return -1;                                                                             \
        }                                                                                          \
        ssize_t done = whole;                                                                      \
        if (now == kill_after)                                                                     \
            kill(getpid(), SIGKILL);                                                               \
        return done;                                                                               \
    } while (0)

ssize_t write(int descriptor, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    ON_WRITE("write", descriptor, length, next(descriptor, bytes, length),
             next(descriptor, bytes, length / 2));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ON_WRITE("pwrite", descriptor, length, next(descriptor, bytes, length, offset),
             next(descriptor, bytes, length / 2, offset));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) {
    return pwrite(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    ON_WRITE("writev", descriptor, count, next(descriptor, parts, count),
             next(descriptor, parts, count / 2));
}

ssize_t sendfile(int descriptor, int source, off_t *offset, size_t length) {
    REAL(ssize_t, "sendfile", int, int, off_t *, size_t);
    ON_WRITE("sendfile", descriptor, length, next(descriptor, source, offset, length),
             next(descriptor, source, offset, length / 2));
}

ssize_t sendfile64(int descriptor, int source, off_t *offset, size_t length) {
    return sendfile(descriptor, source, offset, length);
}

int fsync(int descriptor) {
    REAL(int, "fsync", int);
    ON_DESCRIPTOR("fsync", descriptor, next(descriptor));
}

int fdatasync(int descriptor) {
    REAL(int, "fdatasync", int);
    ON_DESCRIPTOR("fdatasync", descriptor, next(descriptor));
}

int ftruncate(int descriptor, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    ON_DESCRIPTOR("ftruncate", descriptor, next(descriptor, length));
}

int ftruncate64(int descriptor, off_t length) { return ftruncate(descriptor, length); }

int flock(int descriptor, int operation) {
    REAL(int, "flock", int, int);
    ON_DESCRIPTOR("flock", descriptor, next(descriptor, operation));
}

int rename(const char *old, const char *new) {
    REAL(int, "rename", const char *, const char *);
    ON_PATH("rename", AT_FDCWD, new, next(old, new));
}

int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    REAL(int, "renameat", int, const char *, int, const char *);
    ON_PATH("renameat", new_folder, new, next(old_folder, old, new_folder, new));
}

int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    ON_PATH("renameat2", new_folder, new, next(old_folder, old, new_folder, new, flags));
}

int link(const char *old, const char *new) {
    REAL(int, "link", const char *, const char *);
    ON_PATH("link", AT_FDCWD, new, next(old, new));
}

int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    ON_PATH("linkat", new_folder, new, next(old_folder, old, new_folder, new, flags));
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    ON_PATH("unlink", AT_FDCWD, path, next(path));
}

int unlinkat(int at_folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    ON_PATH("unlinkat", at_folder, path, next(at_folder, path, flags));
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    ON_PATH("mkdir", AT_FDCWD, path, next(path, mode));
}

int mkdirat(int at_folder, const char *path, mode_t mode) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    ON_PATH("mkdirat", at_folder, path, next(at_folder, path, mode));
}

int rmdir(const char *path) {
    REAL(int, "rmdir", const char *);
    ON_PATH("rmdir", AT_FDCWD, path, next(path));
}

/* Only a call that may make a file counts. */
static int makes(int flags) { return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE; }

static int open_counted(int at_folder, const char *path, int flags, mode_t mode) {
    REAL(int, "openat", int, const char *, int, ...);
    const char *call = (flags & O_TMPFILE) == O_TMPFILE ? "tmpfile" : "open";
    ON_PATH(call, at_folder, path, next(at_folder, path, flags, mode));
}

static int open_any(int at_folder, const char *path, int flags, mode_t mode) {
    REAL(int, "openat", int, const char *, int, ...);
    return makes(flags) ? open_counted(at_folder, path, flags, mode)
                        : next(at_folder, path, flags, mode);
}

#define MODE(flags)                                                                                \
    mode_t mode = 0;                                                                               \
    if (makes(flags)) {                                                                            \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode = va_arg(more, mode_t);                                                               \
        va_end(more);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags)
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int at_folder, const char *path, int flags, ...) {
    MODE(flags)
    return open_any(at_folder, path, flags, mode);
}

int openat64(int at_folder, const char *path, int flags, ...) {
    MODE(flags)
    return open_any(at_folder, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    return open_any(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
