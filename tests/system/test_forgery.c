/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_forgery.c - who holds a good certificate and acts as somebody else: as a worker, as a
 * publisher, as a subscriber
 *
 * After each test everybody lives and the tables are as before.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"
#include "tests/system/raw.h"
#include "tests/work.h"

/* ---- at the workers' port ---- */

static struct raw *connect_worker(struct bed *bed, enum who who)
{
    return raw_connect(bed, ZMQ_DEALER, &bed->key[who], 0, PORT_WORKER);
}

static void assert_sent_away(struct raw *raw)
{
    struct frames frames = {0};

    raw_receive_work(raw, &frames);
    assert_int_equal(frames.count, 2);
    assert_true(frames_equal(&frames, 1, "\x06", 1));
    frames_clear(&frames);
}

static void lets_nobody_serve_in_another_s_name(void **state)
{
    static const struct {
        enum who who;
        const char *service, *credit;
    } rows[] = {
        {ROGUE, "registry", "8"},
        {ROGUE, "registry", NULL},
        {POET, "registry", "8"},
        {POET, "registry", NULL},
        {POET, "poet@elsewhere", NULL},
        {POET, "rogue", "8"},
        {ROGUE, "rogue", "-1"},
        {ROGUE, "rogue", "1e3"},
        {ROGUE, "rogue", "4096"},
        {ROGUE, "rogue@Here", "8"},
        {ROGUE, "", "8"},
        {ROGUE, "mmi.service", "8"},
    };
    struct bed *bed = *state;
    long before = process_metric(&bed->broker[0], "jusha_broker_workers_refused_total");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct raw *raw = connect_worker(bed, rows[i].who);
        raw_send_texts(
            raw, (const char *const[]){MDP_WORKER, "\x01", rows[i].service, rows[i].credit, NULL});
        assert_sent_away(raw);
        talloc_free(raw);
    }
    process_wait_metric(&bed->broker[0], "jusha_broker_workers_refused_total",
                        before + (long)(sizeof rows / sizeof *rows));
    raw_assert_serves(bed, 0);
}

static void send_final(struct raw *raw, const void *ticket, size_t size, const char *message)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Bus__Answer answer = BUS__ANSWER__INIT;
    struct frames frames = {0};

    header.message = (char *)message;
    answer.ticket = (ProtobufCBinaryData){size, (uint8_t *)ticket};
    answer.header = wire_pack(raw, &header.base);
    frames_add_text(&frames, MDP_WORKER);
    frames_add_text(&frames, "\x04");
    frames_add_packed(&frames, &answer.base);
    frames_send(raw->socket, &frames);
}

/* With the ticket that another worker has, with a part of it, with invented ones, with none; and
 * what is no Answer. */
static void forge_answers(struct bed *bed, struct raw *rogue, const void *ticket, size_t size)
{
    long stale = process_metric(&bed->broker[0], "jusha_broker_stale_finals_total");
    long malformed = process_metric(&bed->broker[0], "jusha_broker_malformed_total");

    send_final(rogue, ticket, size, "forged");
    send_final(rogue, ticket, size - 1, "forged");
    send_final(rogue, "12345678", 8, "forged");
    send_final(rogue, "", 0, "forged");
    raw_send(rogue, MDP_WORKER, "\x04");
    raw_send(rogue, MDP_WORKER, "\x04", "12345678");
    process_wait_metric(&bed->broker[0], "jusha_broker_stale_finals_total", stale + 4);
    process_wait_metric(&bed->broker[0], "jusha_broker_malformed_total", malformed + 2);
}

static void leave(struct bed *bed, struct raw *worker, struct raw *rogue, long workers)
{
    int64_t end_ms = deadline_ms();

    raw_send(worker, MDP_WORKER, "\x06");
    raw_send(rogue, MDP_WORKER, "\x06");
    while (process_metric(&bed->broker[0], "jusha_broker_workers") != workers)
        look_again(end_ms, "both workers left");
    talloc_free(worker);
    talloc_free(rogue);
}

/* The test itself is the registry of one street, so that it sees a ticket that is in flight. */
static void drops_answers_with_a_forged_ticket(void **state)
{
    struct bed *bed = *state;
    char *address = raw_address(bed, bed->other);
    struct raw *worker = connect_worker(bed, REGISTRY), *rogue = connect_worker(bed, ROGUE);
    struct raw *client = raw_connect(bed, ZMQ_DEALER, &bed->key[OTHER_STAFF], 0, PORT_CLIENT);
    long workers = process_metric(&bed->broker[0], "jusha_broker_workers");
    struct frames frames = {0};

    raw_send(worker, MDP_WORKER, "\x01", address, "4");
    raw_send(rogue, MDP_WORKER, "\x01", "rogue", "4");
    process_wait_metric(&bed->broker[0], "jusha_broker_workers", workers + 2);
    raw_request(client, address, raw_header(bed, bed->other, "ListUnits"),
                (ProtobufCBinaryData){0});
    raw_receive_work(worker, &frames); /* [MDPW02, 2, Delivery] */
    assert_int_equal(frames.count, 3);
    const Bus__Delivery *work = work_read(bed->memory, &frames, 2);
    assert_non_null(work);
    forge_answers(bed, rogue, work->ticket.data, work->ticket.len);
    send_final(worker, work->ticket.data, work->ticket.len, "the true one");
    assert_string_equal(raw_answer(bed, client)->message, "the true one");
    send_final(worker, work->ticket.data, work->ticket.len, "once more");
    raw_assert_ignored(client);
    frames_clear(&frames);
    leave(bed, worker, rogue, workers);
    talloc_free(client);
}

/* ---- on the event side ---- */

static struct raw *connect_follower(struct bed *bed, enum who who)
{
    return raw_connect(bed, ZMQ_DEALER, &bed->key[who], 0, PORT_SUBSCRIBE);
}

static struct raw *follow(struct bed *bed, enum who who, const char *prefix)
{
    struct raw *raw = connect_follower(bed, who);

    assert_int_equal(raw_follow(raw, prefix), FEED_FOLLOWED);
    return raw;
}

static void tells_no_events_of_a_street_that_is_not_granted(void **state)
{
    struct bed *bed = *state;
    const struct {
        enum who who;
        char *prefix;
    } rows[] = {{STAFF, mem_printf(bed->memory, "%s/", bed->other)},
                {STAFF, (char *)""},
                {STAFF, mem_printf(bed->memory, "%.4s", bed->street)},
                {STAFF, mem_printf(bed->memory, "!registry/%s", bed->street)},
                {OPERATOR, (char *)""}};
    enum { ROWS = sizeof rows / sizeof *rows };
    struct raw *deaf[ROWS];
    struct frames frames = {0};
    struct feed_message message;
    struct raw *granted[] = {follow(bed, OTHER_STAFF, mem_printf(bed->memory, "%s/", bed->other)),
                             follow(bed, STAFF, mem_printf(bed->memory, "%s/", bed->street))};

    for (size_t i = 0; i < ROWS; i++) {
        deaf[i] = connect_follower(bed, rows[i].who);
        assert_int_equal(raw_follow(deaf[i], rows[i].prefix), FEED_REFUSED);
    }
    /* Two heartbeats of each street: by then the deaf would have heard one, too. */
    for (int i = 0; i < 4; i++) {
        assert_true(raw_hear(granted[i % 2], WAIT_MS, &frames, &message));
        frames_clear(&frames);
    }
    for (size_t i = 0; i < ROWS; i++) {
        while (raw_hear(deaf[i], 0, &frames, &message)) {
            assert_int_equal(message.word, FEED_REFUSED); /* of its PING: it follows nothing */
            frames_clear(&frames);
        }
        talloc_free(deaf[i]);
    }
    talloc_free(granted[0]);
    talloc_free(granted[1]);
}

static void passes_no_publication_in_another_s_name(void **state)
{
    struct bed *bed = *state;
    const char *const topics[] = {
        mem_printf(bed->memory, "%s/registry/UnitRegistered", bed->street),
        mem_printf(bed->memory, "%s/registry/", bed->street),
        mem_printf(bed->memory, "!registry/%s", bed->street),
        "registry",
        "",
        "//",
        "x/rogue/Y",
        "\x11x/",
        "\x15x/",
    };
    static const enum who forgers[] = {ROGUE, POET};
    enum { TOPICS = sizeof topics / sizeof *topics, FORGERS = sizeof forgers / sizeof *forgers };
    long refused = process_metric(&bed->broker[0], "jusha_broker_events_refused_total");
    struct raw *listener = follow(bed, REGISTRY, "");
    struct frames frames = {0};
    struct feed_message message;

    assert_true(raw_hear(listener, WAIT_MS, &frames, &message)); /* a heartbeat */
    frames_clear(&frames);
    for (size_t i = 0; i < FORGERS; i++) {
        struct raw *raw = raw_connect(bed, ZMQ_XPUB, &bed->key[forgers[i]], 0, PORT_PUBLISH);
        raw_await_all(raw);
        for (size_t topic = 0; topic < TOPICS; topic++)
            raw_publish(raw, topics[topic], "forged");
        process_wait_metric(&bed->broker[0], "jusha_broker_events_refused_total",
                            refused + TOPICS * ((long)i + 1));
        talloc_free(raw);
    }
    while (raw_hear(listener, 0, &frames, &message)) {
        assert_int_equal(message.word, FEED_PUBLISHED);
        assert_false(message.body_size == strlen("forged") &&
                     memcmp(message.body, "forged", message.body_size) == 0);
        frames_clear(&frames);
    }
    talloc_free(listener);
}

/* ---- the bed ---- */

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_nobody_serve_in_another_s_name, raw_count,
                                        raw_unharmed),
        cmocka_unit_test_setup_teardown(drops_answers_with_a_forged_ticket, raw_count,
                                        raw_unharmed),
        cmocka_unit_test_setup_teardown(tells_no_events_of_a_street_that_is_not_granted, raw_count,
                                        raw_unharmed),
        cmocka_unit_test_setup_teardown(passes_no_publication_in_another_s_name, raw_count,
                                        raw_unharmed),
    };

    return bed_finish(cmocka_run_group_tests_name("forgery", tests, up, bed_down));
}
