/* A service that lets grandchildren loose in every way that programs do.
 *
 *   family RECORD      adds "KIND PID" for itself and for each of them
 *
 * child: an ordinary one; setsid: a session of its own; orphan: forked twice, in a session of its
 * own; nohup: deaf to SIGHUP; bare: forked twice and without the environment it came with.
 */
#include "clock.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *record;

static void tell(const char *kind) {
    int file = open(record, O_WRONLY | O_CREAT | O_APPEND, 0644);
    dprintf(file, "%s %d\n", kind, getpid());
    close(file);
}

static void stay(const char *kind) {
    tell(kind);
    for (;;) pause();
}

/* In a child whose parent is gone and whose session is its own. */
static int loose(void) {
    pid_t child = fork();
    if (child > 0) {
        waitpid(child, NULL, 0);
        return 0;
    }
    if (fork() != 0) _exit(0);
    setsid();
    return 1;
}

int main(int words, char **word) {
    if (words < 2) return 2;
    if (words > 2) {
        record = word[1];
        stay(word[2]);
    }
    record = word[1];
    if (fork() == 0) stay("child");
    if (fork() == 0) {
        setsid();
        stay("setsid");
    }
    if (loose()) stay("orphan");
    if (fork() == 0) {
        signal(SIGHUP, SIG_IGN);
        stay("nohup");
    }
    if (loose()) {
        char *again[] = {word[0], word[1], "bare", NULL}, *nothing[] = {NULL};
        execve(word[0], again, nothing);
        _exit(1);
    }
    stay("main");
}
