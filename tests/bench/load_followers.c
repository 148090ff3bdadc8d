/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_followers.c - many followers of one journal in one thread, each as a foreign one would be
 *
 * A DEALER each at the event port of the first broker. Once a second it says FOLLOW, or PING when
 * it was FOLLOWED; they spread over the second. The deaf ones say the same and read nothing once
 * they follow. A line tells when all of them follow. SIGTERM ends it.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/ports.h"
#include "tests/bench/load.h"

enum {
    HANDSHAKES_MAX = 16, /* at a time */
    LOOK_MS = 10,
};

static const char prefix[] = "bench-0/registry/";

struct one {
    void *socket;
    bool follows, deaf;
    int64_t say_ms; /* the next word is due */
};

struct followers {
    size_t count, open, following;
    struct one *one;
    zmq_pollitem_t *items; /* of the same number */
    char endpoint[300];
    bool told; /* that all of them follow */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void open_one(struct load *load, struct followers *all)
{
    const int no_linger = 0;
    size_t i = all->open++;
    struct one *one = &all->one[i];

    one->socket = zmq_socket(load->zmq_context, ZMQ_DEALER);
    assert(one->socket);
    zmq_setsockopt(one->socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
    certificate_connect(one->socket, &load->own[i % load->own_count], load->broker_key);
    zmq_connect(one->socket, all->endpoint);
    one->deaf = i < (size_t)load->options.deaf;
    all->items[i] = (zmq_pollitem_t){.socket = one->socket, .events = ZMQ_POLLIN};
}

static void say(struct one *one)
{
    zmq_msg_t frame;

    if (one->follows)
        feed_write(&frame, FEED_PING, NULL, 0, NULL, 0);
    else
        feed_write(&frame, FEED_FOLLOW, prefix, strlen(prefix), NULL, 0);
    if (zmq_msg_send(&frame, one->socket, ZMQ_DONTWAIT) < 0)
        zmq_msg_close(&frame);
}

static void say_what_is_due(struct followers *all, int64_t now_ms)
{
    for (size_t i = 0; i < all->open; i++) {
        struct one *one = &all->one[i];

        if (now_ms < one->say_ms)
            continue;
        say(one);
        one->say_ms = now_ms + FEED_PING_MS;
    }
}

static void set_following(struct followers *all, struct one *one, bool follows)
{
    all->following += (size_t)follows - (size_t)one->follows;
    one->follows = follows;
    if (!all->told && all->following == all->count) {
        printf("all %zu follow\n", all->count);
        fflush(stdout);
        all->told = true;
    }
    if (one->deaf && follows)
        all->items[one - all->one].events = 0;
}

static void take_all(struct followers *all, struct one *one)
{
    struct feed_message message;
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    while (!(one->deaf && one->follows) && zmq_msg_recv(&frame, one->socket, ZMQ_DONTWAIT) >= 0) {
        if (!feed_read(zmq_msg_data(&frame), zmq_msg_size(&frame), &message))
            continue;
        if (message.word == FEED_FOLLOWED)
            set_following(all, one, true);
        if (message.word == FEED_REFUSED) /* it asks again in a second */
            set_following(all, one, false);
    }
    zmq_msg_close(&frame);
}

static void run(struct load *load, struct followers *all)
{
    while (!stopped) {
        int64_t now_ms = clock_monotonic_ms();

        while (all->open < all->count && all->open < all->following + HANDSHAKES_MAX)
            open_one(load, all);
        say_what_is_due(all, now_ms);
        zmq_poll(all->items, (int)all->open, LOOK_MS);
        for (size_t i = 0; i < all->open; i++)
            if (all->items[i].revents & ZMQ_POLLIN)
                take_all(all, &all->one[i]);
    }
}

int load_followers(struct load *load)
{
    size_t count = (size_t)load->options.count;
    struct followers all = {.count = count,
                            .one = mem_array(load->memory, struct one, count),
                            .items = mem_array(load->memory, zmq_pollitem_t, count)};
    struct broker_address addresses[BROKERS_MAX];
    struct sigaction action = {.sa_handler = stop};

    if (ports_parse(load->options.brokers, addresses) < 1)
        return EXIT_FAILURE;
    ports_endpoint(&addresses[0], PORT_SUBSCRIBE, all.endpoint, sizeof all.endpoint);
    zmq_ctx_set(load->zmq_context, ZMQ_MAX_SOCKETS, (int)count + 1);
    sigaction(SIGTERM, &action, NULL);
    run(load, &all);
    for (size_t i = 0; i < all.open; i++)
        zmq_close(all.one[i].socket);
    return EXIT_SUCCESS;
}
