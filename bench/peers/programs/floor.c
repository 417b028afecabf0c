/* The least that this machine needs for what a supervisor does, in one small process.
 *
 *   floor herd PROGRAM FIFO COUNT      starts COUNT of `first`, waits for all stamps, ends them with SIGTERM
 *   floor respawn PROGRAM FIFO TIMES   kills one of `first`, waits for it, starts it again
 *   floor exits PROGRAM FIFO TIMES     starts `first ... exit`, waits for it; the CPU time of this process
 *   floor copy FILE                    what comes from standard input goes into FILE; CPU time
 */
#include "clock.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *program, *fifo;

static pid_t start(char *last) {
    char *words[] = {program, fifo, "0", last, NULL};
    pid_t pid;
    if (posix_spawn(&pid, program, NULL, NULL, words, environ)) fail(program);
    return pid;
}

static uint64_t stamp(int stamps) {
    uint64_t told[3];
    if (read(stamps, told, sizeof told) != sizeof told) fail("stamps");
    return told[0];
}

static void herd(int stamps, int count) {
    pid_t *pids = calloc((size_t)count, sizeof *pids);
    uint64_t begin = now(), last = 0;
    for (int i = 0; i < count; i++) pids[i] = start(NULL);
    for (int i = 0; i < count; i++) {
        uint64_t told = stamp(stamps);
        if (told > last) last = told;
    }
    double started = (double)(last - begin) / 1e9;
    usleep(200000);
    begin = now();
    for (int i = 0; i < count; i++) kill(pids[i], SIGTERM);
    for (int i = 0; i < count; i++) waitpid(pids[i], NULL, 0);
    printf("{\"started\": %.6f, \"gone\": %.6f}\n", started, (double)(now() - begin) / 1e9);
}

static void respawn(int stamps, int times) {
    uint64_t *samples = calloc((size_t)times, sizeof *samples);
    pid_t pid = start(NULL);
    stamp(stamps);
    for (int i = 0; i < times; i++) {
        usleep(12000);
        struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
        uint64_t begin = now();
        kill(pid, SIGKILL);
        poll(&end, 1, -1);
        waitpid(pid, NULL, 0);
        pid = start(NULL);
        samples[i] = stamp(stamps) - begin;
        close(end.fd);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    qsort(samples, (size_t)times, sizeof *samples, by_size);
    print_micros(samples, times);
}

static void exits(int stamps, int times) {
    uint64_t begin = own_cpu();
    for (int i = 0; i < times; i++) {
        pid_t pid = start("exit");
        stamp(stamps);
        waitpid(pid, NULL, 0);
    }
    printf("%.6f\n", (double)(own_cpu() - begin) / 1e6 / times);
}

static void copy(const char *path) {
    static char buffer[1 << 16];
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) fail(path);
    uint64_t begin = now();
    for (ssize_t got; (got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
        if (write(file, buffer, (size_t)got) != got) fail(path);
    }
    printf("{\"cpu\": %.6f, \"seconds\": %.6f}\n", (double)own_cpu() / 1e9, (double)(now() - begin) / 1e9);
}

int main(int words, char **word) {
    if (words == 3 && strcmp(word[1], "copy") == 0) {
        copy(word[2]);
        return 0;
    }
    if (words < 5) return 2;
    program = word[2];
    fifo = word[3];
    int stamps = open(fifo, O_RDWR), times = atoi(word[4]);
    if (stamps < 0) fail(fifo);
    if (strcmp(word[1], "herd") == 0) herd(stamps, times);
    else if (strcmp(word[1], "respawn") == 0) respawn(stamps, times);
    else if (strcmp(word[1], "exits") == 0) exits(stamps, times);
    else return 2;
}
