/* A service that writes numbered lines of 100 bytes as fast as they are taken.
 *
 *   lines RECORD COUNT AT_ONCE
 *
 * AT_ONCE lines go into one write. When all are out, RECORD gets one line: when it began and ended
 * (nanoseconds), how many lines it wrote and how many writes failed. Then it waits to be ended.
 */
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LENGTH = 100, DIGITS = 12, MOST_ERRORS = 1000 };

static void number(char *line, uint64_t value) {
    for (int digit = DIGITS - 1; digit >= 0; digit--, value /= 10) line[digit] = (char)('0' + value % 10);
}

int main(int words, char **word) {
    if (words < 4) return 2;
    uint64_t count = strtoull(word[2], NULL, 10), at_once = strtoull(word[3], NULL, 10), errors = 0, written = 0;
    char *chunk = malloc(at_once * LENGTH);
    memset(chunk, '.', at_once * LENGTH);
    for (uint64_t i = 0; i < at_once; i++) {
        chunk[i * LENGTH + DIGITS] = ' ';
        chunk[i * LENGTH + LENGTH - 1] = '\n';
    }
    uint64_t begin = now();
    while (written < count && errors < MOST_ERRORS) {
        uint64_t lines = count - written < at_once ? count - written : at_once;
        for (uint64_t i = 0; i < lines; i++) number(chunk + i * LENGTH, written + i);
        size_t done = 0, length = lines * LENGTH;
        while (done < length && errors < MOST_ERRORS) {
            ssize_t step = write(STDOUT_FILENO, chunk + done, length - done);
            if (step >= 0) {
                done += (size_t)step;
            } else if (errno != EINTR) {
                errors++;
                usleep(1000);
            }
        }
        written += done / LENGTH;
    }
    char text[128];
    int length = snprintf(text, sizeof text, "%llu %llu %llu %llu\n", (unsigned long long)begin,
                          (unsigned long long)now(), (unsigned long long)written, (unsigned long long)errors);
    int record = open(word[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (record < 0 || write(record, text, (size_t)length) != length) fail(word[1]);
    close(record);
    for (;;) pause();
}
