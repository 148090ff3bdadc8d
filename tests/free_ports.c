/* SPDX-License-Identifier: Apache-2.0 */
/* free_ports.c - ports of 127.0.0.1 for one test program */
#include "tests/free_ports.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket there, or -1. */
static int listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The last port is taken first, so that two programs never probe one range at a time. */
static bool take(int base, int range)
{
    int guard = listen_at(base + range - 1);

    for (int port = base; guard != -1 && port < base + range - 1; port++) {
        int fd = listen_at(port);

        if (fd == -1) {
            close(guard);
            return false;
        }
        close(fd);
    }
    return guard != -1;
}

int free_ports(int first, int end, int range)
{
    enum { ROUNDS = 600, PAUSE_US = 100000 };

    for (int round = 0; round < ROUNDS; round++, usleep(PAUSE_US))
        for (int base = first; base + range <= end; base += range)
            if (take(base, range))
                return base;
    fprintf(stderr, "no free ports between %d and %d\n", first, end);
    exit(EXIT_FAILURE);
}
