/* stopwatch - runs a command and writes what it cost.
 *
 *     stopwatch FILE COMMAND [ARGUMENT…]
 *
 * FILE gets one line: the seconds from before its start until after its end, its seconds of CPU
 * (user and system), its peak memory in kB, and its exit status (128 + N after signal N).
 *
 * A program of its own because Linux counts the memory of whoever starts a process into the peak of
 * the process: started by Python, nothing could need less than Python does.                         */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now_get(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: stopwatch FILE COMMAND [ARGUMENT…]\n");
        return 64;
    }
    double begin = now_get();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("stopwatch");
        return 1;
    }
    double end = now_get();
    FILE *file = fopen(argv[1], "w");
    if (file == NULL) {
        perror(argv[1]);
        return 1;
    }
    fprintf(file, "%.6f %.6f %ld %d\n", end - begin,
            seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
            WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return fclose(file) == 0 ? 0 : 1;
}
