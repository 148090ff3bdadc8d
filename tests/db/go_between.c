/* SPDX-License-Identifier: Apache-2.0 */
/* go_between.c - the first message of a client, and the messages of the server, looked at one by
 * one; all else is bytes */
#include "go_between.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/mem.h"

enum {
    MESSAGE_MAX = 1 << 20,
    HEAD = 8, /* of the first message: its length and the protocol's number */
    NO_ENCRYPTION = 0x04d2,
    BACKEND_KEY = 'K',
};

struct go_between {
    pthread_t thread;
    enum go_between_way way;
    int listener, port;
    uint8_t message[MESSAGE_MAX];
};

static bool read_all(int from, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = recv(from, (char *)data + done, size - done, 0);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool write_all(int to, const void *data, size_t size)
{
    return send(to, data, size, MSG_NOSIGNAL) == (ssize_t)size; /* it blocks */
}

static uint32_t number_at(const uint8_t *data)
{
    uint32_t number;

    memcpy(&number, data, sizeof number);
    return ntohl(number);
}

static void set_number(uint8_t *data, uint32_t number)
{
    number = htonl(number);
    memcpy(data, &number, sizeof number);
}

/* Length of the list of names and values without "options". */
static uint32_t drop_options(uint8_t *message, uint32_t size)
{
    char *name = (char *)message + HEAD;

    while (*name && strcmp(name, "options") != 0) {
        name += strlen(name) + 1;
        name += strlen(name) + 1;
    }
    if (!*name)
        return size;
    char *rest = name + strlen(name) + 1;
    rest += strlen(rest) + 1;
    memmove(name, rest, size - (size_t)(rest - (char *)message));
    return size - (uint32_t)(rest - name);
}

/* Requests for encryption are answered with No, as the server would. */
static bool pass_start(struct go_between *between, int client, int server)
{
    uint8_t *message = between->message;
    uint32_t size;

    while (true) {
        if (!read_all(client, message, HEAD))
            return false;
        size = number_at(message);
        if (number_at(message + 4) >> 16 != NO_ENCRYPTION)
            break;
        if (!write_all(client, "N", 1))
            return false;
    }
    if (size > MESSAGE_MAX || !read_all(client, message + HEAD, size - HEAD))
        return false;
    if (between->way == DROPS_OPTIONS)
        size = drop_options(message, size);
    set_number(message, size);
    return write_all(server, message, size);
}

static bool pass_from_server(struct go_between *between, int server, int client)
{
    uint8_t *message = between->message;

    if (!read_all(server, message, 5))
        return false;
    uint32_t size = number_at(message + 1);
    if (size >= MESSAGE_MAX || !read_all(server, message + 5, size - 4))
        return false;
    if (between->way == NUMBERS_ITSELF && message[0] == BACKEND_KEY)
        set_number(message + 5, number_at(message + 5) + 1);
    return write_all(client, message, size + 1);
}

static bool pass_from_client(struct go_between *between, int client, int server)
{
    ssize_t got = recv(client, between->message, MESSAGE_MAX, 0);

    return got > 0 && write_all(server, between->message, (size_t)got);
}

static int connect_to_server(void)
{
    const char *port = getenv("PGPORT");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtol(port ? port : "", NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    return server;
}

static void serve(struct go_between *between, int client)
{
    int server = connect_to_server();
    bool open = pass_start(between, client, server);

    while (open) {
        struct pollfd sides[] = {{.fd = client, .events = POLLIN},
                                 {.fd = server, .events = POLLIN}};
        poll(sides, 2, -1);
        open = (!sides[0].revents || pass_from_client(between, client, server)) &&
               (!sides[1].revents || pass_from_server(between, server, client));
    }
    close(server);
}

static void *between_main(void *argument)
{
    struct go_between *between = argument;
    int client;

    while ((client = accept(between->listener, NULL, NULL)) >= 0) {
        serve(between, client);
        close(client);
    }
    return NULL;
}

struct go_between *go_between_start(enum go_between_way way)
{
    struct go_between *between = mem_new(NULL, struct go_between);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    between->way = way;
    between->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (between->listener < 0 ||
        bind(between->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(between->listener, 1) != 0 ||
        getsockname(between->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&between->thread, NULL, between_main, between) != 0)
        abort();
    between->port = ntohs(address.sin_port);
    return between;
}

int go_between_port(const struct go_between *between)
{
    return between->port;
}

void go_between_end(struct go_between **between)
{
    shutdown((*between)->listener, SHUT_RDWR); /* accept comes back */
    pthread_join((*between)->thread, NULL);
    close((*between)->listener);
    TALLOC_FREE(*between);
}
