/* Tells through a FIFO when its first instruction ran, then ends if it is to, or waits to be killed. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t stamp[2] = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, (uint64_t)getpid()};
    const char *path = getenv("FIGURES_STAMPS");
    int fifo = path ? open(path, O_WRONLY) : -1;
    if (fifo < 0 || write(fifo, stamp, sizeof stamp) != sizeof stamp) {
        return 1;
    }
    close(fifo);
    if (getenv("FIGURES_END")) {
        return 0;
    }
    for (;;) {
        pause();
    }
}
