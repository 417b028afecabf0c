/* What the programs share: the clock that all processes see alike, and samples in order. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t own_cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline int by_size(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Prints a JSON array of microseconds. */
static inline void print_micros(const uint64_t *samples, int count) {
    putchar('[');
    for (int i = 0; i < count; i++) printf("%s%.2f", i ? "," : "", (double)samples[i] / 1e3);
    puts("]");
}

static inline void fail(const char *what) {
    perror(what);
    exit(1);
}
