/* Counts numbered lines of 100 bytes (see lines.c) in the log files of a service.
 *
 *   check COUNT [FILE...]      without a file: standard input
 *
 * Whatever a supervisor puts before a line is skipped; of the CRI format it knows that a part marked
 * P goes on in the next line. Prints JSON: lines found, lost, doubled, damaged, and how many have a time
 * stamp before them.
 */
#include "clock.h"
#include <ctype.h>
#include <string.h>

enum { TEXT = 99, DIGITS = 12 };

static unsigned char *seen;
static uint64_t count, doubled, damaged, stamped;

/* A part of a line in the CRI format: where its text begins and whether it goes on. */
static const char *cri(const char *line, size_t length, int *goes_on) {
    if (length < 40 || line[4] != '-' || line[10] != 'T') return NULL;
    const char *stream = memchr(line, ' ', length);
    if (!stream || (size_t)(stream - line) + 10 > length || strncmp(stream + 1, "std", 3) != 0) return NULL;
    *goes_on = stream[8] == 'P';
    return stream[9] == ' ' ? stream + 10 : NULL;
}

static void take(const char *text, size_t length, int has_stamp) {
    uint64_t value = 0;
    int good = length >= TEXT;
    const char *begin = text + (good ? length - TEXT : 0);
    for (int i = 0; good && i < DIGITS; i++) {
        good = isdigit((unsigned char)begin[i]);
        value = value * 10 + (uint64_t)(begin[i] - '0');
    }
    good = good && begin[DIGITS] == ' ' && begin[TEXT - 1] == '.' && value < count;
    if (!good) {
        damaged++;
    } else if (seen[value]++) {
        doubled++;
    } else {
        stamped += (uint64_t)(has_stamp || length > TEXT);
    }
}

static void read_all(FILE *file) {
    char *line = NULL, joined[65536];
    size_t room = 0, held = 0;
    for (ssize_t length; (length = getline(&line, &room, file)) > 0;) {
        if (line[length - 1] == '\n') length--;
        int goes_on = 0;
        const char *text = cri(line, (size_t)length, &goes_on);
        if (!text) {
            take(line, (size_t)length, 0);
            continue;
        }
        size_t part = (size_t)(line + length - text);
        if (!goes_on && held == 0) {
            take(text, part, 1);
            continue;
        }
        if (held + part > sizeof joined) part = sizeof joined - held;
        memcpy(joined + held, text, part);
        held += part;
        if (!goes_on) {
            take(joined, held, 1);
            held = 0;
        }
    }
    if (held) take(joined, held, 1);
    free(line);
}

int main(int words, char **word) {
    if (words < 2) return 2;
    count = strtoull(word[1], NULL, 10);
    seen = calloc(count + 1, 1);
    if (words == 2) read_all(stdin);
    for (int i = 2; i < words; i++) {
        FILE *file = fopen(word[i], "r");
        if (!file) fail(word[i]);
        read_all(file);
        fclose(file);
    }
    uint64_t found = 0;
    for (uint64_t i = 0; i < count; i++) found += seen[i] != 0;
    printf("{\"found\": %llu, \"lost\": %llu, \"doubled\": %llu, \"damaged\": %llu, \"stamped\": %llu}\n",
           (unsigned long long)found, (unsigned long long)(count - found), (unsigned long long)doubled,
           (unsigned long long)damaged, (unsigned long long)stamped);
}
