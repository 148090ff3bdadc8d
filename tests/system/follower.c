/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follower.c - an outside subscriber as a process of its own, for tests that stop and kill it
 *
 *   follower BROKERS CERTIFICATE BROKER-KEY STREET CURSOR
 *
 * Prints "SEQ SUBJECT" for each event of the registry's journal, from its cursor on, and moves the
 * cursor behind it; until it is killed, or the journal is not the one that it read.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/subscriber.h"

static const char *subject_of(const Journal__CloudEvent *event)
{
    for (size_t i = 0; i < event->n_attributes; i++)
        if (strcmp(event->attributes[i]->key, "subject") == 0)
            return event->attributes[i]->value->ce_string;
    return "";
}

static void follow(struct subscriber *subscriber)
{
    while (!subscriber_of_other_history(subscriber)) {
        void *memory = mem_check(talloc_new(NULL));
        struct subscriber_event event;

        if (subscriber_next(subscriber, memory, -1, &event) == STATUS_OK) {
            printf("%lld %s\n", (long long)event.seq, subject_of(event.event));
            fflush(stdout);
            subscriber_done(subscriber, &event);
        }
        talloc_free(memory);
    }
}

int main(int argc, char **argv)
{
    struct broker_keys *broker_keys = NULL;
    struct certificate own;

    if (argc != 6 || sodium_init() < 0 || certificate_load(argv[2], &own) != STATUS_OK ||
        !(broker_keys = broker_keys_open(NULL, argv[3])))
        return EXIT_FAILURE;
    void *context = context_new();
    struct client *client = client_new(NULL, context, argv[1], &own, broker_keys);
    struct subscriber *subscriber =
        subscriber_new(NULL, context, client, argv[1], &own, broker_keys,
                       &(struct subscriber_options){
                           .street = argv[4],
                           .services = (const char *const[]){"registry", NULL},
                           .cursor = argv[5],
                       });
    if (!subscriber)
        return EXIT_FAILURE;
    follow(subscriber);
    return EXIT_FAILURE;
}
