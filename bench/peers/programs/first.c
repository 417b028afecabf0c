/* A service whose first act is to look at the clock.
 *
 *   first FIFO NUMBER         tells (time, pid, NUMBER) through the FIFO, then waits to be ended
 *   first FIFO NUMBER exit    tells it, and fails at once
 */
#include "clock.h"
#include <fcntl.h>
#include <unistd.h>

int main(int count, char **words) {
    uint64_t stamp[3] = {now(), (uint64_t)getpid(), 0};
    if (count < 3) return 2;
    stamp[2] = strtoull(words[2], NULL, 10);
    int fifo = open(words[1], O_WRONLY);
    if (fifo < 0 || write(fifo, stamp, sizeof stamp) != sizeof stamp) return 3;
    close(fifo);
    if (count > 3) return 1;
    for (;;) pause();
}
