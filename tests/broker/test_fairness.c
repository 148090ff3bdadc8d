/* SPDX-License-Identifier: Apache-2.0 */
/* test_fairness.c - one caller can take only so much: turns, shares, rates, memory; by certificate,
 * not by connection */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <talloc.h>

#include "bus_envelope.pb-c.h"
#include "services/broker/route/body.h"
#include "services/broker/route/mdp.h"
#include "services/broker/route/role_limits.h"
#include "tests/broker/story.h"

static void lets_certificates_of_a_street_take_turns(void **state)
{
    static const int order[] = {1, 2, 4, 3}; /* last to come, third to go */
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask(story, 1, (struct ask){.from = "a", .as = "office"});
    ask(story, 2,
        (struct ask){.from = "b", .as = "office"}); /* another connection, the same turn */
    ask(story, 3, (struct ask){.from = "c", .as = "office"});
    ask(story, 4, (struct ask){.from = "v", .as = "volunteer"});
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_int_equal(held_by(story, "w1", 0), order[i]);
        finish(story, "w1");
    }
}

static void lets_those_that_a_gateway_asks_for_take_turns(void **state)
{
    static const int order[] = {1, 2, 4, 3};
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask(story, 1, (struct ask){.as = "gateway", .actor = "li"});
    ask(story, 2, (struct ask){.as = "gateway", .actor = "li"});
    ask(story, 3, (struct ask){.as = "gateway", .actor = "li"});
    ask(story, 4, (struct ask){.as = "gateway", .actor = "wang"});
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_int_equal(held_by(story, "w1", 0), order[i]);
        finish(story, "w1");
    }
}

/* Everybody's bounds are out of the way. */
static void open_wide(struct story *story)
{
    struct broker_options options = {
        .street_max = 1000, .certificate_max = 1000, .total_max = 1000, .rates_percent = 100};

    broker_destroy(&story->broker);
    story->broker = broker_create(story->memory, &options, story->now_ms);
}

static size_t at_worker(struct story *story)
{
    return broker_load(story->broker).in_flight;
}

static void gives_nobody_more_than_a_share_of_the_workers_while_others_ask(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ready(story, "w1", "registry", "128");
    ask(story, 0, (struct ask){.from = "v", .as = "volunteer"});
    for (int i = 1; i <= 20; i++)
        ask(story, i, (struct ask){.as = "office"});
    assert_int_equal(at_worker(story), 1 + 8); /* a sixteenth of 128 */
    for (int i = 21; i <= 24; i++)
        ask(story, i, (struct ask){.from = "e", .as = "echo"}); /* a third one has a share, too */
    assert_int_equal(at_worker(story), 1 + 8 + 4);
    finish(story, "w1");
    finish(story, "w1");
    assert_int_equal(at_worker(story), 8 + 4); /* one came back, so one more went */
}

static void gives_all_the_workers_to_one_who_asks_alone(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ready(story, "w1", "registry", "32");
    for (int i = 1; i <= 20; i++)
        ask(story, i, (struct ask){.as = "office"});
    assert_int_equal(at_worker(story), 20);
    ask(story, 21, (struct ask){.from = "v", .as = "volunteer"});
    assert_int_equal(at_worker(story), 21);
    ask(story, 22, (struct ask){.as = "office"});
    assert_int_equal(at_worker(story), 21); /* not alone any more */
    pass(story, 1100, BEATING("w1"));
    assert_int_equal(at_worker(story), 22); /* alone again */
}

/* Else one that answers nothing keeps its callers from all others. */
static void counts_a_share_for_each_service(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ready(story, "w1", "registry", "64");
    ready(story, "e1", "echo", "64");
    for (int i = 1; i <= 20; i++)
        ask(story, i, (struct ask){.as = "office", .to = "echo@xiasha"});
    assert_int_equal(at_worker(story), 20);
    ask(story, 21, (struct ask){.from = "v", .as = "volunteer"});
    for (int i = 22; i <= 29; i++)
        ask(story, i, (struct ask){.as = "office"});
    assert_int_equal(at_worker(story), 20 + 1 + 4); /* a sixteenth of the registry's 64 */
}

static int64_t retry_ms(struct story *story, const char *peer)
{
    struct frames *frames = message_to(story, PORT_CLIENT, peer, MDP_CLIENT_FINAL);
    ProtobufCBinaryData header, payload;
    struct mdp_message read;

    assert_true(mdp_read(frames, MDP_CLIENT, &read));
    assert_true(body_open(frames, read.rest + 1, &header, &payload));
    Bus__ReplyHeader *reply = bus__reply_header__unpack(NULL, header.len, header.data);

    assert_int_equal(reply->n_violations, 1);
    assert_int_equal(reply->violations[0]->n_params, 1);
    assert_string_equal(reply->violations[0]->params[0]->key, "retry_ms");
    int64_t ms = atoll(reply->violations[0]->params[0]->value);
    bus__reply_header__free_unpacked(reply, NULL);
    return ms;
}

static void ask_until_refused(struct story *story, struct ask as)
{
    char from[8];

    ready(story, "w1", "registry", "1024");
    for (int i = 0; i < 100; i++) { /* by ten connections: that helps nothing */
        snprintf(from, sizeof from, "c%d", i % 10);
        as.from = from;
        ask(story, i, as);
        assert_int_equal(holds(story, "w1"), 1);
        finish(story, "w1");
    }
    as.from = "last";
    ask(story, 100, as);
    assert_reply(story, "last", STATUS_RESOURCE_EXHAUSTED, "rate");
}

static void tells_who_asks_too_fast_when_to_come_back(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ask_until_refused(story, (struct ask){.as = "volunteer"});
    assert_int_equal(retry_ms(story, "last"), 50); /* twenty a second */
    pass(story, 50, NULL);
    ask(story, 101, (struct ask){.as = "volunteer"});
    assert_no_reply(story);
    ask(story, 102, (struct ask){.as = "volunteer"});
    assert_reply(story, "c", STATUS_RESOURCE_EXHAUSTED, "rate");
    ask(story, 103, (struct ask){.from = "o", .as = "office"}); /* others are not concerned */
    assert_int_equal(messages_to(story, PORT_CLIENT, "o", MDP_CLIENT_FINAL), 0);
    assert_counter(story, refused_rate, 2);
}

static void limits_each_person_that_a_gateway_asks_for(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ask_until_refused(story, (struct ask){.as = "gateway", .actor = "li"});
    ask(story, 101, (struct ask){.as = "gateway", .actor = "wang"});
    assert_no_reply(story);
}

/* A gateway may name as many people as it likes, thousands a second. */
static void forgets_people_as_fast_as_a_gateway_names_them(void **state)
{
    enum { A_TICK = 400, TICKS = 100, OF_THE_LAST_SECONDS = 60 * A_TICK };
    struct story *story = *state;
    char actor[16];

    open_wide(story);
    ready(story, "w1", "registry", "1024");
    for (int tick = 0; tick < TICKS; tick++) {
        for (int i = 0; i < A_TICK; i++) {
            snprintf(actor, sizeof actor, "p%d.%d", tick, i);
            ask(story, i, (struct ask){.as = "gateway", .actor = actor});
            finish(story, "w1");
        }
        pass(story, 50, BEATING("w1"));
    }
    assert_in_range(talloc_total_blocks(story->broker), A_TICK, OF_THE_LAST_SECONDS);
}

static void takes_from_the_rate_whatever_is_sent(void **state)
{
    struct story *story = *state;
    int refused = 0;

    open_wide(story);
    for (int i = 0; i < 120; i++) {
        ask(story, i, (struct ask){.as = "volunteer", .to = "Registry!"});
        refused += reply_code(story, "c") == STATUS_RESOURCE_EXHAUSTED;
    }
    assert_int_equal(refused, 20);
}

static void cuts_off_who_floods(void **state)
{
    struct story *story = *state;
    int answered = 0;

    open_wide(story);
    for (int i = 0; i < 6000; i++) {
        ask(story, i, (struct ask){.as = "volunteer", .to = "Registry!"});
        answered += (int)messages_to(story, PORT_CLIENT, "c", MDP_CLIENT_FINAL);
    }
    assert_int_equal(answered, 100 + 5000); /* within its rate, and borne beyond it */
    assert_counter(story, floods, 900);
    pass(story, 1000, NULL); /* who goes on is cut off again soon */
    for (int i = 0; i < 1100; i++)
        ask(story, i, (struct ask){.as = "volunteer", .to = "Registry!"});
    assert_counter(story, floods, 900 + 1100 - 1000 - 20);
}

/* Whatever the way: by a routing id that is claimed, or at the port of workers. */
static void cuts_off_who_floods_in_other_ways(void **state)
{
    static const enum broker_event ways[] = {BROKER_CLIENT_CLAIMED, BROKER_WORKER_CLAIMED,
                                             BROKER_FROM_WORKER};
    const struct certificate foreign = {
        .name = "mill", .role = BUS__ROLE__ROLE_WORKER, .public_key = "key of mill"};
    struct story *story = *state;

    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        size_t answered = 0;

        open_wide(story);
        for (int i = 0; i < 6000; i++) {
            struct frames frames = {0};

            frames_add_text(&frames, "x");
            frames_add_text(&frames, way == 0 ? MDP_CLIENT : MDP_WORKER);
            frames_add_text(&frames, "\x05"); /* HEARTBEAT, of one who is not registered */
            outbox_clear(story->out);
            broker_step(story->broker, ways[way], &frames, &foreign, story->now_ms, story->out);
            answered += story->out->messages != NULL;
        }
        assert_string_equal(story->out->severed, foreign.public_key);
        assert_in_range(broker_counters(story->broker)->floods, 900, 1000);
        if (ways[way] != BROKER_FROM_WORKER) /* there it is answered, and cut off then */
            assert_in_range(answered, 5000, 5100);
    }
}

/* Its heartbeats, and answers that somebody waits for, are none. */
static void lets_a_service_and_an_honest_worker_say_what_they_have_to(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ready(story, "w1", "registry", "1024");
    for (int i = 0; i < 10000; i++)
        worker_says(story, "w1", "registry", MDP_WORKER_HEARTBEAT);
    assert_counter(story, floods, 0);
}

static void forgets_nobody_s_rate_by_their_leaving(void **state)
{
    struct story *story = *state;

    open_wide(story);
    ask_until_refused(story, (struct ask){.as = "volunteer"});
    pass(story, 1000, NULL); /* twenty came back */
    for (int i = 101; i <= 120; i++) {
        ask(story, i, (struct ask){.as = "volunteer"});
        assert_no_reply(story);
    }
    ask(story, 121, (struct ask){.as = "volunteer"});
    assert_reply(story, "c", STATUS_RESOURCE_EXHAUSTED, "rate");
}

static void holds_only_so_many_bytes_of_a_certificate(void **state)
{
    static char large[250 * 1024];
    struct story *story = *state;
    size_t limit = (size_t)limits_of(BUS__ROLE__ROLE_VOLUNTEER)->kib * 1024, taken = 0;
    char from[8];

    open_wide(story);
    for (int i = 0; i < 32; i++) {
        snprintf(from, sizeof from, "c%d", i % 5);
        ask(story, i,
            (struct ask){
                .from = from, .as = "volunteer", .payload = large, .payload_size = sizeof large});
        taken += messages_to(story, PORT_CLIENT, from, MDP_CLIENT_FINAL) == 0;
    }
    assert_in_range(taken * sizeof large, limit / 2, limit);
    assert_reply(story, from, STATUS_RESOURCE_EXHAUSTED, "queue");
    assert_true(broker_counters(story->broker)->refused_bytes > 0);
    ask(story, 40, (struct ask){.from = "o", .as = "office"});
    assert_int_equal(messages_to(story, PORT_CLIENT, "o", MDP_CLIENT_FINAL), 0);
}

static void says_at_once_that_a_service_is_away(void **state)
{
    struct story *story = *state;

    pass(story, AWAY_MS, NULL);
    ask(story, 1, (struct ask){.to = "selection@xiasha"});
    assert_reply(story, "c", STATUS_UNAVAILABLE, "known");
    ready(story, "w1", "registry", "1");
    pass(story, AWAY_MS, BEATING("w1"));
    worker_says(story, "w1", "registry", MDP_WORKER_DISCONNECT);
    ask_street(story, 2, "registry@xiasha"); /* it may come back */
    assert_no_reply(story);
    pass(story, AWAY_MS + 1000, NULL);
    ask_street(story, 3, "registry@xiasha");
    assert_reply(story, "c", STATUS_UNAVAILABLE, "served");
    ready(story, "w1", "registry", "0"); /* here, but it takes nothing */
    ask_street(story, 4, "registry@xiasha");
    assert_reply(story, "c", STATUS_UNAVAILABLE, "served");
    ready(story, "w1", "registry", "1");
    ask_street(story, 5, "registry@xiasha");
    assert_no_reply(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(lets_certificates_of_a_street_take_turns),
        story_test(lets_those_that_a_gateway_asks_for_take_turns),
        story_test(gives_nobody_more_than_a_share_of_the_workers_while_others_ask),
        story_test(gives_all_the_workers_to_one_who_asks_alone),
        story_test(counts_a_share_for_each_service),
        story_test(tells_who_asks_too_fast_when_to_come_back),
        story_test(limits_each_person_that_a_gateway_asks_for),
        story_test(forgets_people_as_fast_as_a_gateway_names_them),
        story_test(takes_from_the_rate_whatever_is_sent),
        story_test(cuts_off_who_floods),
        story_test(cuts_off_who_floods_in_other_ways),
        story_test(lets_a_service_and_an_honest_worker_say_what_they_have_to),
        story_test(forgets_nobody_s_rate_by_their_leaving),
        story_test(holds_only_so_many_bytes_of_a_certificate),
        story_test(says_at_once_that_a_service_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
