/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports.c - from "host:port,[::1]:port" to addresses, and from an address to its four endpoints
 *
 * Text is cut at commas, each piece at its last colon. Hosts are kept without brackets; they come
 * back in ports_endpoint.
 */
#include "libcommon/bus/ports.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The three other ports must exist too. */
enum { PORT_MAX = 65535 - (BROKER_PORTS - 1) };

static bool read_port(const char *text, size_t length, int *ret)
{
    if (length < 1 || length > 5 || strspn(text, "0123456789") < length)
        return false;
    long port = strtol(text, NULL, 10);

    if (port < 1 || port > PORT_MAX)
        return false;
    *ret = (int)port;
    return true;
}

/* A name or IPv4 address, or an IPv6 address in brackets, which are taken off. */
static bool read_host(const char *text, size_t length, char ret[static 256])
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*";
    static const char ipv6[] = "0123456789abcdefABCDEF:.";
    bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';

    if (bracketed) {
        text++;
        length -= 2;
    }
    if (length < 1 || length > 255 || strspn(text, bracketed ? ipv6 : plain) < length)
        return false;
    memcpy(ret, text, length);
    ret[length] = '\0';
    return bracketed == (strchr(ret, ':') != NULL);
}

static bool read_address(const char *text, size_t length, struct broker_address *ret)
{
    const char *colon = memrchr(text, ':', length);

    return colon && read_host(text, (size_t)(colon - text), ret->host) &&
           read_port(colon + 1, length - (size_t)(colon + 1 - text), &ret->port);
}

int ports_parse(const char *brokers, struct broker_address *ret)
{
    int count = 0;

    for (const char *at = brokers;; at++) {
        size_t length = strcspn(at, ",");

        if (count == BROKERS_MAX || !read_address(at, length, &ret[count]))
            return -1;
        count++;
        at += length;
        if (*at == '\0')
            return count;
    }
}

/* None is empty: that would switch ZAP off. */
static const char *const domains[] = {
    [PORT_CLIENT] = "jusha.client",
    [PORT_WORKER] = "jusha.worker",
    [PORT_PUBLISH] = "jusha.publish",
    [PORT_SUBSCRIBE] = "jusha.event",
};

static_assert(sizeof domains / sizeof *domains == BROKER_PORTS, "each port has a ZAP domain");

const char *ports_domain(enum broker_port which)
{
    assert(which < BROKER_PORTS);
    return domains[which];
}

enum broker_port ports_of_domain(const void *domain, unsigned long size)
{
    for (int port = 0; port < BROKER_PORTS; port++)
        if (strlen(domains[port]) == size && memcmp(domains[port], domain, size) == 0)
            return (enum broker_port)port;
    return BROKER_PORTS;
}

void ports_endpoint(const struct broker_address *broker, enum broker_port which, char *ret,
                    unsigned long ret_size)
{
    bool ipv6 = strchr(broker->host, ':') != NULL;

    snprintf(ret, ret_size, ipv6 ? "tcp://[%s]:%d" : "tcp://%s:%d", broker->host,
             broker->port + (int)which);
}
