/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.c - what the attacker was told: nothing but answers to its own questions may be
 *
 * Its request ids end alike, so an answer to somebody else is recognised. A line of the record is
 * {"port": 0, "frames": ["hex", …]}; whoever finds one has found a leak.
 */
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/id.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/mdp.h"
#include "tests/attack/attack.h"

enum { RECORDED_BYTES = 4096 /* of a frame */ };

static void record(struct attack *attack, enum broker_port port, const struct zmtp_message *message)
{
    attack->tally.strange++;
    if (!attack->record)
        return;
    fprintf(attack->record, "{\"port\": %d, \"frames\": [", port);
    for (size_t i = 0; i < message->count; i++) {
        fputs(i ? ", \"" : "\"", attack->record);
        for (size_t at = 0; at < message->frame[i].size && at < RECORDED_BYTES; at++)
            fprintf(attack->record, "%02x", message->frame[i].data[at]);
        fputc('"', attack->record);
    }
    fputs("]}\n", attack->record);
    fflush(attack->record);
}

static bool is(const struct zmtp_message *message, size_t i, const void *data, size_t size)
{
    return i < message->count && message->frame[i].size == size &&
           (size == 0 || memcmp(message->frame[i].data, data, size) == 0);
}

static bool begins(const struct zmtp_message *message, size_t i, const char *text)
{
    return i < message->count && message->frame[i].size >= strlen(text) &&
           memcmp(message->frame[i].data, text, strlen(text)) == 0;
}

/* Whatever is no id answers what had none; of one that was mutated a piece is left. */
static bool is_own_id(const struct attack *attack, const char *id)
{
    uint8_t bytes[16];

    if (id_parse(id, bytes) != 0)
        return true;
    if (attack->has_mutated)
        return strstr(id, OWN_ID_PART) != NULL;
    return strcmp(id + ID_CHARS - strlen(OWN_ID_END), OWN_ID_END) == 0;
}

static bool is_own_reply(struct attack *attack, const Bus__ReplyHeader *header)
{
    attack->tally.answers++;
    for (size_t i = 0; i < header->n_violations; i++)
        if (strcmp(header->violations[i]->rule, "rate") == 0) {
            attack->tally.limited++;
            break;
        }
    return is_own_id(attack, header->request_id);
}

/* The header is a frame of its own, or part of the one body frame. */
static bool is_own_answer(struct attack *attack, const struct zmtp_message *message, size_t body)
{
    bool in_one = message->count == body + 1, own = false;

    if (body >= message->count)
        return true; /* nothing in it */
    if (in_one) {
        Bus__Reply *reply =
            bus__reply__unpack(NULL, message->frame[body].size, message->frame[body].data);
        own = reply && reply->header && is_own_reply(attack, reply->header);
        if (reply)
            bus__reply__free_unpacked(reply, NULL);
        return own;
    }
    Bus__ReplyHeader *header =
        bus__reply_header__unpack(NULL, message->frame[body].size, message->frame[body].data);

    own = header && is_own_reply(attack, header);
    if (header)
        bus__reply_header__free_unpacked(header, NULL);
    return own;
}

static bool is_own_at_client(struct attack *attack, const struct zmtp_message *message)
{
    size_t at = is(message, 0, "", 0);

    if (!is(message, at, MDP_CLIENT, strlen(MDP_CLIENT)) ||
        !is(message, at + 1, &(char){MDP_CLIENT_FINAL}, 1))
        return false;
    return begins(message, at + 2, "mmi.") || is_own_answer(attack, message, at + 3);
}

/* It serves nothing that anybody asks for: heartbeats and good-byes. */
static bool is_own_at_worker(const struct zmtp_message *message)
{
    size_t at = is(message, 0, "", 0);

    return is(message, at, MDP_WORKER, strlen(MDP_WORKER)) && message->count == at + 2 &&
           (is(message, at + 1, &(char){MDP_WORKER_HEARTBEAT}, 1) ||
            is(message, at + 1, &(char){MDP_WORKER_DISCONNECT}, 1));
}

/* Of other streets no event, and no prefix that was granted. */
static bool is_own_event(const struct attack *attack, const struct zmtp_message *message)
{
    struct feed_message event;
    bool hears_all = attack->home[0] == '*' || attack->certificate.role == BUS__ROLE__ROLE_SERVICE;
    size_t street = strlen(attack->home);

    if (message->count != 1 || !feed_read(message->frame[0].data, message->frame[0].size, &event))
        return false;
    if (hears_all || (event.word != FEED_PUBLISHED && event.word != FEED_FOLLOWED))
        return true;
    return event.topic_size > street && event.topic[street] == '/' &&
           memcmp(event.topic, attack->home, street) == 0;
}

void witness(struct attack *attack, enum broker_port port, const struct zmtp_message *message)
{
    bool own = true; /* publishers are asked for prefixes, which is no secret */

    attack->tally.received++;
    if (port == PORT_CLIENT)
        own = is_own_at_client(attack, message);
    else if (port == PORT_WORKER)
        own = is_own_at_worker(message);
    else if (port == PORT_SUBSCRIBE)
        own = is_own_event(attack, message);
    if (!own)
        record(attack, port, message);
}
