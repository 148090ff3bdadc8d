/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.c - one ordered stream out of live events, journal pages and heartbeats
 *
 * Per followed service there is an intake. A round takes what arrived from brokers and journals and
 * asks for what is missing; then the intakes hand over in turn.
 */
#include "libcommon/bus/subscriber_state.h"

#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum {
    TICK_MS = 100,           /* how late times may be noticed */
    LIVE_EVENTS_MAX = 10000, /* of each broker, that wait while nobody asks for events */
};

static enum status take_next(struct subscriber *subscriber, const void *parent,
                             struct subscriber_event *ret)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        struct intake *intake = &subscriber->intake[subscriber->turn];
        enum status status = intake_take(intake, parent, ret);

        subscriber->turn = (subscriber->turn + 1) % subscriber->n_intakes;
        if (status != STATUS_NOT_FOUND)
            return status;
    }
    return STATUS_NOT_FOUND;
}

static void pump(struct subscriber *subscriber)
{
    subscriber->pumped_ms = clock_monotonic_ms();
    client_pump(subscriber->client); /* also what it owes brokers while nothing is asked */
    feed_drain(subscriber);
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        struct intake *intake = &subscriber->intake[i];

        journal_take_cursor(subscriber, intake);
        journal_take_page(subscriber, intake);
        int64_t now = clock_monotonic_ms();

        journal_ask(subscriber, intake, now);
        journal_keep_cursor(subscriber, intake, now);
    }
}

static void wait_for_news(struct subscriber *subscriber, int64_t left_ms)
{
    zmq_pollitem_t items[LISTENER_POLL_MAX + CLIENT_POLL_MAX];
    long wait_ms = left_ms < TICK_MS ? (long)left_ms : TICK_MS;
    size_t count = client_poll(subscriber->client, items, &wait_ms);

    count += listener_poll(subscriber->listener, items + count, &wait_ms);
    zmq_poll(items, (int)count, wait_ms);
}

static enum status nothing_came(const struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++)
        if (subscriber->intake[i].trouble)
            return STATUS_UNAVAILABLE;
    return STATUS_NOT_FOUND;
}

enum status subscriber_next(struct subscriber *subscriber, const void *parent, int wait_ms,
                            struct subscriber_event *ret)
{
    int64_t until_ms = wait_ms < 0 ? INT64_MAX : clock_monotonic_ms() + wait_ms;

    if (clock_monotonic_ms() - subscriber->pumped_ms >= TICK_MS) /* also while events are at hand */
        pump(subscriber);
    for (;;) {
        enum status status = take_next(subscriber, parent, ret);

        if (status == STATUS_NOT_FOUND) {
            pump(subscriber);
            status = take_next(subscriber, parent, ret);
        }
        if (subscriber->failure == STATUS_ABORTED)
            return STATUS_ABORTED;
        if (status != STATUS_NOT_FOUND)
            return status;
        if (subscriber->failure != STATUS_OK) {
            status = subscriber->failure;
            subscriber->failure = STATUS_OK;
            return status;
        }
        int64_t left_ms = until_ms - clock_monotonic_ms();

        if (left_ms <= 0)
            return nothing_came(subscriber);
        wait_for_news(subscriber, left_ms);
    }
}

void subscriber_done(struct subscriber *subscriber, const struct subscriber_event *event)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        struct intake *intake = &subscriber->intake[i];

        if (strcmp(intake->service, event->service) == 0 && event->seq > intake->done.seq)
            intake->done = point_at(event->seq, event->event->id);
    }
}

bool subscriber_caught_up(const struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        const struct intake *intake = &subscriber->intake[i];

        if (intake->last.seq < 0 || intake->unsure || intake->in_doubt ||
            intake->last.seq < intake->head)
            return false;
    }
    return true;
}

unsigned subscriber_take_notices(struct subscriber *subscriber)
{
    unsigned notices = 0;

    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        notices |= subscriber->intake[i].notices;
        subscriber->intake[i].notices = 0;
    }
    return notices;
}

bool subscriber_of_other_history(const struct subscriber *subscriber)
{
    return subscriber->other_history;
}

static int subscriber_end(struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        struct intake *intake = &subscriber->intake[i];

        while (intake->live)
            intake_drop_live(intake);
        client_forget(subscriber->client, intake->read);
        client_forget(subscriber->client, intake->look);
        client_forget(subscriber->client, intake->move);
    }
    explicit_bzero(&subscriber->own, sizeof subscriber->own);
    return 0;
}

static void add_intake(struct subscriber *subscriber, const char *service,
                       const struct subscriber_options *options)
{
    struct intake *intake = &subscriber->intake[subscriber->n_intakes++];

    intake->service = mem_text(subscriber, service);
    intake->topic = mem_printf(subscriber, "%s/%s/", subscriber->street, service);
    intake->beat_ms = intake->read_ms = clock_monotonic_ms();
    intake->unsure = true;
    intake->last.seq = -1;
    intake->page_events = PAGE_EVENTS;
    if (!subscriber->cursor && options->after_seq >= 0) {
        const struct point after =
            point_at(options->after_seq, options->after_id ? options->after_id : "");
        intake_start_at(intake, &after);
    }
}

static struct listener *new_listener(struct subscriber *subscriber, void *zmq_context,
                                     const char *brokers, struct broker_keys *broker_keys)
{
    const char **prefixes = mem_array(subscriber, const char *, subscriber->n_intakes + 1);

    for (size_t i = 0; i < subscriber->n_intakes; i++)
        prefixes[i] = subscriber->intake[i].topic;
    return listener_new(subscriber, &(struct listener_options){.zmq_context = zmq_context,
                                                               .brokers = brokers,
                                                               .prefixes = prefixes,
                                                               .hwm = LIVE_EVENTS_MAX,
                                                               .own = &subscriber->own,
                                                               .broker_keys = broker_keys});
}

struct subscriber *subscriber_new(const void *parent, void *zmq_context, struct client *client,
                                  const char *brokers, const struct certificate *own,
                                  struct broker_keys *broker_keys,
                                  const struct subscriber_options *options)
{
    struct subscriber *subscriber = mem_new(parent, struct subscriber);
    size_t n_services = 0;

    subscriber->client = client;
    subscriber->own = *own;
    subscriber->street = mem_text(subscriber, options->street);
    subscriber->cursor = options->cursor ? mem_text(subscriber, options->cursor) : NULL;
    while (options->services[n_services])
        n_services++;
    subscriber->intake = mem_array(subscriber, struct intake, n_services);
    for (size_t i = 0; i < n_services; i++)
        add_intake(subscriber, options->services[i], options);
    talloc_set_destructor(subscriber, subscriber_end);
    subscriber->listener = new_listener(subscriber, zmq_context, brokers, broker_keys);
    if (!subscriber->listener)
        TALLOC_FREE(subscriber);
    return subscriber;
}
