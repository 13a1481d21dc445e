// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int limit(int resource, uint64_t value) {
    struct rlimit limits;
    if (getrlimit(resource, &limits) != 0) { return -1; }
    // What is stricter already stays.
    if (limits.rlim_max != RLIM_INFINITY && limits.rlim_max < value) { value = limits.rlim_max; }
    limits.rlim_cur = value;
    limits.rlim_max = value;
    return setrlimit(resource, &limits);
}

static int confine(const carnet_confinement *wanted) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < 32; number += 1) { sigaction(number, &standard, NULL); }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (wanted->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) { return -1; }
    return setsid() >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0
        && limit(RLIMIT_CORE, 0) == 0 && limit(RLIMIT_AS, wanted->memory_bytes) == 0
        && limit(RLIMIT_FSIZE, wanted->file_bytes) == 0
        && limit(RLIMIT_CPU, wanted->seconds) == 0
        && limit(RLIMIT_NOFILE, wanted->open_files) == 0 ? 0 : -1;
}

// Between fork and exec of a process that has other threads: system calls alone.
static void become(const carnet_confinement *wanted, int report) {
    int empty = open("/dev/null", O_RDONLY);
    int ready = empty >= 0 && dup2(empty, 0) == 0 && dup2(wanted->output, 1) == 1
        && dup2(wanted->output, 2) == 2 && fchdir(wanted->folder) == 0;
    // What had this number before is not needed any more.
    if (ready && report != 3) {
        ready = dup2(report, 3) == 3 && fcntl(3, F_SETFD, FD_CLOEXEC) == 0;
        report = ready ? 3 : report;
    }
    ready = ready && syscall(SYS_close_range, 4, ~0u, 0) == 0 && confine(wanted) == 0;
    if (ready) { execve(wanted->program, wanted->arguments, wanted->environment); }
    int code = errno;
    if (write(report, &code, sizeof code) < 0) { _exit(126); }
    _exit(127);
}

pid_t carnet_start_confined(const carnet_confinement *wanted) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) { return -1; }
    pid_t process = fork();
    if (process == 0) { become(wanted, report[1]); }
    int code = errno;
    close(report[1]);
    if (process > 0) {
        ssize_t count;
        do { count = read(report[0], &code, sizeof code); } while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof code) {
            while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
            process = -1;
        }
    }
    close(report[0]);
    if (process < 0) { errno = code; }
    return process;
}
