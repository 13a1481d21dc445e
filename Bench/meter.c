// SPDX-License-Identifier: Apache-2.0
//
// meter REPORT PROGRAM ARGUMENT...
//
// Runs the program and writes to REPORT, in one line: wall time in nanoseconds, processor time of
// the program and of all children that it waited for in microseconds, resident memory of the
// largest of these processes in KiB. Ends with the program's status.
//
// A process of its own, and a small one: a process that is begun by a large one starts out with the
// large one's memory, and what GNU time prints is rounded to hundredths of a second.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time) {
    return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int count, char **words) {
    if (count < 3) return 125;
    FILE *report = fopen(words[1], "we");
    if (!report) return 125;
    long long begun = nanoseconds();
    pid_t child = fork();
    if (child < 0) return 125;
    if (child == 0) {
        execvp(words[2], words + 2);
        perror(words[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child) return 125;
    long long ended = nanoseconds();
    fprintf(report, "%lld %lld %ld\n", ended - begun,
            microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
    if (fclose(report)) return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
