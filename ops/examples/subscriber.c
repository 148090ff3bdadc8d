/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.c - every event of one journal, in order, with libcommon's subscriber
 *
 *   subscriber SERVICE CURSOR
 *
 * Prints topic, number, id and subject of each event from where the named cursor stands, until
 * SIGTERM. The server keeps the cursor: killed at any moment and started again, it misses nothing;
 * the last second's events may come again. From the environment: JUSHA_BROKERS, JUSHA_CERTIFICATE,
 * JUSHA_BROKER_KEY, JUSHA_STREET.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/subscriber.h"

enum { WAIT_MS = 500 /* how long a signal may wait for its effect */ };

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL)
        fprintf(stderr, "subscriber: %s is missing\n", name);
    return value == NULL ? "" : value;
}

static const char *subject_of(const Journal__CloudEvent *event)
{
    for (size_t i = 0; i < event->n_attributes; i++)
        if (strcmp(event->attributes[i]->key, "subject") == 0)
            return event->attributes[i]->value->ce_string;
    return "";
}

static void print(const char *street, const struct subscriber_event *event)
{
    printf("%s/%s/%s %020lld %s %s\n", street, event->service, strrchr(event->event->type, '.') + 1,
           (long long)event->seq, event->event->id, subject_of(event->event));
    fflush(stdout);
}

/* What does not pass by itself ends it: another subscriber has the cursor, the street is not
 * ours. */
static enum status follow(struct subscriber *subscriber, const char *street)
{
    enum status status = STATUS_OK;

    while (!stopped && status != STATUS_ABORTED && status != STATUS_PERMISSION_DENIED) {
        void *memory = talloc_new(NULL);
        struct subscriber_event event;

        status = subscriber_next(subscriber, memory, WAIT_MS, &event);
        if (status == STATUS_OK) {
            print(street, &event);
            subscriber_done(subscriber, &event); /* only now: the cursor follows what was printed */
        }
        talloc_free(memory);
    }
    return stopped ? subscriber_flush(subscriber) : status;
}

int main(int argc, char **argv)
{
    const char *brokers = environment("JUSHA_BROKERS"), *street = environment("JUSHA_STREET");
    const char *services[] = {argc > 1 ? argv[1] : "registry", NULL};
    const struct subscriber_options options = {
        .street = street, .services = services, .cursor = argc > 2 ? argv[2] : "subscriber"};
    struct broker_keys *broker_keys = broker_keys_open(NULL, environment("JUSHA_BROKER_KEY"));
    struct certificate own;

    if (broker_keys == NULL ||
        certificate_load(environment("JUSHA_CERTIFICATE"), &own) != STATUS_OK)
        return 2;
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    void *zmq_context = context_new();
    struct client *client = client_new(NULL, zmq_context, brokers, &own, broker_keys);
    if (client == NULL)
        return 2;
    struct subscriber *subscriber =
        subscriber_new(NULL, zmq_context, client, brokers, &own, broker_keys, &options);
    enum status status = follow(subscriber, street);
    bool other_history = subscriber_of_other_history(subscriber);

    talloc_free(subscriber); /* before the client that it borrows */
    talloc_free(client);
    talloc_free(broker_keys);
    zmq_ctx_term(zmq_context);
    if (status != STATUS_OK)
        fprintf(stderr, "subscriber: %s%s\n", status_name(status),
                other_history ? ", the journal was restored and is not the one that was read" : "");
    return status == STATUS_OK ? 0 : 1;
}
