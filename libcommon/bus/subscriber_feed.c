/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber_feed.c - what comes live: events, heartbeats, and brokers that do not let us follow */
#include "libcommon/bus/subscriber_state.h"

#include <stdio.h>
#include <string.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

/* False: it is none. */
static bool read_heartbeat(const struct feed_message *message, struct point *ret_head,
                           char ret_incarnation[static ID_CHARS + 1])
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *heartbeat;
    bool read = wire_unpack(memory, &journal__heartbeat__descriptor, message->body,
                            message->body_size, &violations, &heartbeat) == STATUS_OK;

    if (read) {
        const Journal__Heartbeat *from = (const Journal__Heartbeat *)heartbeat;

        *ret_head = point_at(from->head, from->event_id);
        snprintf(ret_incarnation, ID_CHARS + 1, "%s", from->incarnation);
    }
    talloc_free(memory);
    return read;
}

static void take_head(struct subscriber *subscriber, struct intake *intake,
                      const struct point *head)
{
    if (intake->last.seq < 0 && !subscriber->cursor)
        intake_start_at(intake, head);
    if (head->seq > intake->head)
        intake->head = head->seq;
    if (point_contradicts(head, &intake->last))
        intake->in_doubt = true;
}

/* From a restore on it is another one, and the journal may not have what we read of it. */
static void take_incarnation(struct intake *intake, const char *incarnation)
{
    if (intake->knows_incarnation && strcmp(intake->incarnation, incarnation) != 0)
        intake->in_doubt = true;
    intake->knows_incarnation = true;
    snprintf(intake->incarnation, sizeof intake->incarnation, "%s", incarnation);
}

/* Shorter than what was read of it: overtaken on its way, or the journal was restored. Reading
 * tells. */
static void take_live_head(struct intake *intake, const struct point *head)
{
    if (head->seq < intake->last.seq && !intake->live && !intake->pages)
        intake->unsure = true;
}

static void take_heartbeat(struct subscriber *subscriber, struct intake *intake,
                           const struct feed_message *message)
{
    char incarnation[ID_CHARS + 1];
    struct point head;

    if (!read_heartbeat(message, &head, incarnation))
        return;
    intake->beat_ms = clock_monotonic_ms();
    intake->unsure = false;
    take_head(subscriber, intake, &head);
    take_live_head(intake, &head);
    take_incarnation(intake, incarnation);
}

/* The heartbeat may be as old as the broker's memory: it tells how far the journal is at least, and
 * not that this is all. */
static void take_followed(struct subscriber *subscriber, struct intake *intake,
                          const struct feed_message *message)
{
    char incarnation[ID_CHARS + 1];
    struct point head;

    if (message->body_size > 0 && read_heartbeat(message, &head, incarnation))
        take_head(subscriber, intake, &head);
    else
        intake->unsure = true;
}

static bool is_under(const struct feed_message *message, const struct intake *intake)
{
    size_t prefix = strlen(intake->topic);

    return message->topic_size >= prefix && memcmp(message->topic, intake->topic, prefix) == 0;
}

/* The bare topic of an intake is its heartbeat. */
static void take_published(struct subscriber *subscriber, struct intake *intake,
                           struct listener_news *news)
{
    if (news->message.topic_size == strlen(intake->topic))
        take_heartbeat(subscriber, intake, &news->message);
    else
        intake_add_live(subscriber, intake, news);
}

static void take(struct subscriber *subscriber, struct listener_news *news)
{
    for (size_t i = 0; i < subscriber->n_intakes; i++) {
        struct intake *intake = &subscriber->intake[i];

        if (news->message.word == FEED_LAGGED) {
            intake->unsure = true;
        } else if (is_under(&news->message, intake)) {
            if (news->message.word == FEED_FOLLOWED)
                take_followed(subscriber, intake, &news->message);
            else
                take_published(subscriber, intake, news);
            return;
        }
    }
}

/* A passing failure only slows us down: the journal is read meanwhile. */
static void take_status(struct subscriber *subscriber)
{
    enum status status = listener_status(subscriber->listener);

    if (status == STATUS_OK)
        subscriber->feed_refused = false;
    if (status == STATUS_OK || status == STATUS_NOT_FOUND || trouble_passes(status) ||
        subscriber->feed_refused || subscriber->failure == STATUS_ABORTED)
        return;
    subscriber->feed_refused = true;
    subscriber->failure = status;
}

void feed_drain(struct subscriber *subscriber)
{
    struct listener_news news;

    while (listener_next(subscriber->listener, &news)) {
        take(subscriber, &news);
        zmq_msg_close(&news.frame);
    }
    take_status(subscriber);
}
