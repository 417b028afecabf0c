/* Sends one request again and again over one connection, and times each answer.
 *
 *   talk SOCKET FRAMING TIMES REQUEST [HELLO ANSWERS]    FRAMING says how long an answer is:
 *     be32 | be64   a big-endian length before it
 *     http          the header Content-Length
 *     dbus          the lengths in a D-Bus message's header; signals are passed over
 *   talk - echo TIMES                                    the floor: 64 bytes to and fro between two processes
 *
 * REQUEST and HELLO are files; HELLO is sent first, and ANSWERS says how: a number of framed messages, or
 * "line" for one line of text. This process is on the last processor that it may use, the floor's other
 * one on the first. It stops after a second, and prints the microseconds of all, in order of size.
 */
#include "clock.h"
#include <sched.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WARM = 20, ROOM = 8 << 20, SECOND = 1000000000 };

static char *buffer;

static void stay_on(int last) {
    cpu_set_t allowed, one;
    sched_getaffinity(0, sizeof allowed, &allowed);
    CPU_ZERO(&one);
    int chosen = -1;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &allowed) && (last || chosen < 0)) chosen = i;
    }
    CPU_SET(chosen, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static size_t more(int socket, size_t have) {
    ssize_t got = read(socket, buffer + have, ROOM - have);
    if (got <= 0) fail("the other side hung up");
    return have + (size_t)got;
}

static void at_least(int socket, size_t *have, size_t wanted) {
    if (wanted > ROOM) fail("too long an answer");
    while (*have < wanted) *have = more(socket, *have);
}

static uint64_t big_endian(int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | (unsigned char)buffer[i];
    return value;
}

static uint32_t word_at(int offset) {
    uint32_t value;
    memcpy(&value, buffer + offset, sizeof value);
    return value;
}

static void prefixed(int socket, int bytes) {
    size_t have = 0;
    at_least(socket, &have, (size_t)bytes);
    at_least(socket, &have, (size_t)bytes + big_endian(bytes));
}

static void http(int socket) {
    size_t have = 0;
    char *end = NULL;
    do {
        have = more(socket, have);
        buffer[have] = 0;
    } while (!(end = strstr(buffer, "\r\n\r\n")));
    char *length = strcasestr(buffer, "\r\nContent-Length:");
    if (!length) fail("an answer without a length");
    at_least(socket, &have, (size_t)(end + 4 - buffer) + strtoull(length + 17, NULL, 10));
}

static void dbus(int socket) {
    size_t have = 0;
    for (;;) {
        at_least(socket, &have, 16);
        size_t fields = (word_at(12) + 7) / 8 * 8, length = 16 + fields + word_at(4);
        at_least(socket, &have, length);
        int is_answer = buffer[1] == 2 || buffer[1] == 3;
        memmove(buffer, buffer + length, have - length);
        have -= length;
        if (is_answer) return;
    }
}

static void answer(int socket, const char *framing) {
    if (strcmp(framing, "be32") == 0) prefixed(socket, 4);
    else if (strcmp(framing, "be64") == 0) prefixed(socket, 8);
    else if (strcmp(framing, "http") == 0) http(socket);
    else if (strcmp(framing, "dbus") == 0) dbus(socket);
    else if (strcmp(framing, "line") == 0) while (!memchr(buffer, '\n', more(socket, 0))) {}
    else for (size_t have = 0; have < 64;) have = more(socket, have);
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "r");
    char *bytes = malloc(1 << 16);
    if (!file) fail(path);
    *length = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

static void send_all(int socket, const char *bytes, size_t length) {
    if (write(socket, bytes, length) != (ssize_t)length) fail("sending");
}

static int to_echo(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
    if (fork() == 0) {
        close(ends[0]);
        stay_on(0);
        char bytes[64];
        while (read(ends[1], bytes, sizeof bytes) == sizeof bytes) send_all(ends[1], bytes, sizeof bytes);
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

static int to_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) fail(path);
    return connection;
}

int main(int words, char **word) {
    if (words < 4) return 2;
    const char *framing = word[2];
    int times = atoi(word[3]), is_floor = strcmp(framing, "echo") == 0;
    char zeros[64] = {0}, *request = zeros;
    size_t length = sizeof zeros;
    buffer = malloc(ROOM + 1);
    int socket = is_floor ? to_echo() : to_socket(word[1]);
    if (words > 4) request = contents(word[4], &length);
    if (words > 6) {
        size_t hello_length;
        char *hello = contents(word[5], &hello_length);
        send_all(socket, hello, hello_length);
        if (strcmp(word[6], "line") == 0) answer(socket, "line");
        else for (int i = atoi(word[6]); i > 0; i--) answer(socket, framing);
    }
    stay_on(1);
    uint64_t *samples = calloc((size_t)times + WARM, sizeof *samples);
    int warm = WARM, done = 0;
    for (uint64_t start = now(); done < times + warm && (done < 5 || now() - start < SECOND); done++) {
        uint64_t begin = now();
        send_all(socket, request, length);
        answer(socket, framing);
        samples[done] = now() - begin;
    }
    if (done <= 2 * warm) warm = 1;
    qsort(samples + warm, (size_t)(done - warm), sizeof *samples, by_size);
    print_micros(samples + warm, done - warm);
}
