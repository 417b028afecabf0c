/* A service that writes a numbered line of 100 bytes now and then, and says how many there were.
 *
 *   ticks RECORD MILLISECONDS
 *
 * On SIGTERM the number of lines is added to RECORD, and it ends. SIGPIPE ends it as it ends any
 * program that does not expect it.
 */
#include "clock.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int main(int words, char **word) {
    if (words < 3) return 2;
    int period = atoi(word[2]);
    sigset_t asked;
    sigemptyset(&asked);
    sigaddset(&asked, SIGTERM);
    sigprocmask(SIG_BLOCK, &asked, NULL);
    struct pollfd end = {.fd = signalfd(-1, &asked, SFD_CLOEXEC), .events = POLLIN};
    char line[101];
    unsigned long written = 0;
    while (poll(&end, 1, period) == 0) {
        snprintf(line, sizeof line, "%012lu %.86s\n", written,
                 "......................................................................................");
        if (write(STDOUT_FILENO, line, 100) == 100) written++;
    }
    int record = open(word[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
    dprintf(record, "%lu\n", written);
    return 0;
}
