/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - the addresses of a broker's host */
#include "libcommon/bus/lookup.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Not talloc's: the resolver may need it longer than whoever asked. */
struct lookup {
    char host[256], port[8];
    struct addrinfo hints;
    struct gaicb request; /* ar_result: what it found */
    bool asked;           /* the resolver was; else ... */
    int error;            /* ... this is the answer */
};

struct lookup *lookup_start(const char *host, int port)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    struct gaicb *requests[] = {&lookup->request};

    if (!lookup)
        abort();
    snprintf(lookup->host, sizeof lookup->host, "%s", host);
    snprintf(lookup->port, sizeof lookup->port, "%d", port);
    lookup->hints =
        (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    lookup->request = (struct gaicb){
        .ar_name = lookup->host, .ar_service = lookup->port, .ar_request = &lookup->hints};
    lookup->error =
        getaddrinfo(lookup->host, lookup->port, &lookup->hints, &lookup->request.ar_result);
    if (lookup->error == 0)
        return lookup;
    lookup->hints.ai_flags = AI_NUMERICSERV;
    lookup->error = getaddrinfo_a(GAI_NOWAIT, requests, 1, NULL);
    lookup->asked = lookup->error == 0;
    return lookup;
}

static void write_addresses(const struct addrinfo *info, struct addresses *ret)
{
    char host[64], port[8];

    ret->count = 0;
    for (; info && ret->count < ADDRESSES_MAX; info = info->ai_next)
        if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof host, port, sizeof port,
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0)
            snprintf(ret->endpoint[ret->count++], ADDRESS_TEXT,
                     info->ai_family == AF_INET6 ? "tcp://[%s]:%s" : "tcp://%s:%s", host, port);
}

bool lookup_take(struct lookup *lookup, struct addresses *ret, const char **ret_reason)
{
    int error = lookup->asked ? gai_error(&lookup->request) : lookup->error;

    if (error == EAI_INPROGRESS)
        return false;
    *ret_reason = error == 0 ? NULL : gai_strerror(error);
    if (error == 0)
        write_addresses(lookup->request.ar_result, ret);
    return true;
}

void lookup_end(struct lookup **lookup)
{
    struct lookup *ended = *lookup;

    *lookup = NULL;
    if (!ended || (ended->asked && gai_cancel(&ended->request) == EAI_NOTCANCELED))
        return;
    if (ended->request.ar_result)
        freeaddrinfo(ended->request.ar_result);
    free(ended);
}
