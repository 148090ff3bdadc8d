/* SPDX-License-Identifier: Apache-2.0 */
/*
 * party.c - who asks: its rate, its budget, and for how long it is remembered
 *
 * A certificate is one party however many connections it has; a person for whom a gateway asks is
 * one of its own, whose requests count in the gateway's budget too. One that nothing refers to any
 * more is forgotten once its bucket is full and libzmq holds none of its answers: so nobody gets a
 * fresh budget by leaving.
 */
#include <stdio.h>
#include <string.h>

#include "services/broker/route/route_state.h"

enum { LOOKS_MIN = 64, LOOKS_SHARE = 8 /* of all, so that they go as fast as they come */ };

static struct party *find(struct broker *broker, const char *name)
{
    struct party *party;

    HASH_FIND_STR(broker->parties, name, party);
    return party;
}

static struct party *create(struct broker *broker, const char *name)
{
    struct party *party = mem_new(broker, struct party);

    snprintf(party->name, sizeof party->name, "%s", name);
    party->broker = broker;
    party->certificate = party;
    HASH_ADD_STR(broker->parties, name, party);
    DL_APPEND(broker->idle_parties, party);
    return party;
}

struct party *party_open(struct broker *broker, const struct certificate *caller)
{
    struct party *party = find(broker, caller->name);

    if (!party)
        party = create(broker, caller->name);
    party->limits = limits_of(caller->role); /* it may have changed */
    party->untaken.limit = (int64_t)party->limits->kib * 1024;
    return party;
}

struct party *party_of_actor(struct broker *broker, struct party *gateway, const char *actor)
{
    char name[sizeof gateway->name];
    struct party *party;

    snprintf(name, sizeof name, "%.*s/%.*s", CERTIFICATE_NAME, gateway->name, ACTOR_BYTES_MAX,
             actor);
    party = find(broker, name);
    if (party)
        return party;
    party = create(broker, name);
    party->limits = limits_of_actor();
    party->certificate = gateway;
    party_use(gateway);
    return party;
}

void party_use(struct party *party)
{
    if (party->users++ == 0)
        DL_DELETE(party->broker->idle_parties, party);
}

void party_leave(struct party *party)
{
    if (--party->users == 0)
        DL_APPEND(party->broker->idle_parties, party);
}

bool party_may_ask(struct party *party, int64_t *ret_wait_ms)
{
    const struct broker *broker = party->broker;
    double share = broker->options.rates_percent / 100.0;
    struct bucket_rate rate = {party->limits->per_second * share, party->limits->burst};

    return bucket_take(&party->bucket, &rate, broker->now_ms * 1000, ret_wait_ms);
}

bool party_floods(struct party *party, const struct certificate *caller)
{
    static const struct bucket_rate patience = {.per_second = 1000, .burst = 5000};
    struct broker *broker = party->broker;

    if (party->limits->per_second <= 0 || broker->options.rates_percent == 0 ||
        bucket_take(&party->patience, &patience, broker->now_ms * 1000, NULL))
        return false;
    broker->counters.floods++;
    outbox_note(broker->out, LOG_WARNING, "flood_cut_off", "name=%s", caller->name);
    outbox_sever(broker->out, caller->public_key);
    return true;
}

enum refusal party_has_room(const struct party *party, size_t bytes)
{
    const struct broker *broker = party->broker;
    const struct party *certificate = party->certificate;
    size_t limit = (size_t)certificate->limits->kib * 1024;

    if (certificate->unanswered >= certificate->limits->unanswered ||
        certificate->unanswered >= broker->options.certificate_max)
        return REFUSAL_CALLER_FULL;
    if (certificate->bytes + bytes > limit || !held_has_room(&certificate->untaken, 1))
        return REFUSAL_CALLER_BYTES;
    return REFUSAL_NONE;
}

void party_charge(struct party *party, int requests, int64_t bytes)
{
    struct party *certificate = party->certificate;

    certificate->unanswered += (uint32_t)requests;
    certificate->bytes += (size_t)bytes;
    party->broker->unanswered += (uint32_t)requests;
    party->broker->bytes += (size_t)bytes;
}

static void forget(struct broker *broker, struct party *party)
{
    /* NOLINTBEGIN(clang-analyzer-core.NullDereference): it is in both */
    DL_DELETE(broker->idle_parties, party);
    HASH_DEL(broker->parties, party);
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    if (party->certificate != party)
        party_leave(party->certificate);
    talloc_free(party);
}

/* Called where a step begins: what the last one sent may still name its party's account. */
void parties_forget(struct broker *broker)
{
    unsigned looks = LOOKS_MIN + HASH_COUNT(broker->parties) / LOOKS_SHARE;

    for (; looks > 0 && broker->idle_parties; looks--) {
        struct party *party = broker->idle_parties;

        if (bucket_is_full(&party->bucket, broker->now_ms * 1000) &&
            bucket_is_full(&party->patience, broker->now_ms * 1000) &&
            held_bytes(&party->untaken) == 0) {
            forget(broker, party);
        } else { /* later */
            DL_DELETE(broker->idle_parties, party);
            DL_APPEND(broker->idle_parties, party);
        }
    }
}
