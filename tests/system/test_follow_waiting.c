/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow_waiting.c - requests that wait for what selection has not heard yet hold up nobody
 * else, and are told when it stops
 */
#include <signal.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/need.h"
#include "tests/system/raw.h"

enum { QUICK_MS = 3000 };

static const Bus__Position never = {PROTOBUF_C_MESSAGE_INIT(&bus__position__descriptor),
                                    .service = (char *)"registry", .seq = INT64_C(1000000000000)};

/* A query of selection, in bed->street, after the position; NULL: after none. */
static struct client_request list_needs(struct bed *bed, const Bus__Position *const *after,
                                        uint32_t timeout_ms)
{
    return (struct client_request){
        .service = "selection",
        .street = bed->street,
        .method = bed_method("ListNeeds"),
        .timeout_ms = timeout_ms,
        .after = after,
        .n_after = after ? 1 : 0,
        .payload = bed_pack(bed, "ListNeeds", "{}"),
    };
}

static long in_flight(struct bed *bed)
{
    return process_metric(&bed->service[SELECTION_SERVICE][0], "jusha_in_flight") +
           process_metric(&bed->service[SELECTION_SERVICE][1], "jusha_in_flight");
}

/* One answer to a request that waits without success; false: none came. UNKNOWN is the client's
 * own: on a busy machine an answer may come after it. */
static bool take_in_vain(struct bed *bed, struct client *client, int wait_ms)
{
    struct client_reply reply;

    if (!client_next(client, bed->memory, wait_ms, &reply))
        return false;
    if (reply.header->code != TYPE__CODE__CODE_UNAVAILABLE &&
        reply.header->code != TYPE__CODE__CODE_DEADLINE_EXCEEDED &&
        reply.header->code != TYPE__CODE__CODE_UNKNOWN &&
        reply.header->code != TYPE__CODE__CODE_RESOURCE_EXHAUSTED)
        fail_msg("%s: %s", status_name((enum status)reply.header->code), reply.header->message);
    return true;
}

/* More at each broker than it may hand out to the two instances at once. */
static void answers_others_while_many_wait_for_what_never_comes(void **state)
{
    enum { WAITING = 700, OTHERS = 20, WAITING_MS = 4000, TURN_MS = 50 };
    struct bed *bed = *state;
    struct client *waiting[BROKERS];
    const struct client_request in_vain =
        list_needs(bed, (const Bus__Position *const[]){&never}, WAITING_MS);
    const struct client_request other = list_needs(bed, NULL, QUICK_MS);
    struct client_reply reply;
    long open = (long)BROKERS * WAITING, in_flight_most = 0;
    int64_t slowest_ms = 0;

    for (size_t i = 0; i < BROKERS; i++)
        waiting[i] = bed_client(bed, VOLUNTEER, i);
    for (int i = 0; i < WAITING * BROKERS; i++)
        client_send(waiting[i % BROKERS], &in_vain);
    for (int i = 0; i < OTHERS; i++) {
        for (size_t broker = 0; broker < BROKERS; broker++)
            open -= take_in_vain(bed, waiting[broker], TURN_MS);
        long now = in_flight(bed);
        in_flight_most = now > in_flight_most ? now : in_flight_most;
        int64_t asked_ms = clock_monotonic_ms();
        assert_int_equal(client_call(bed->client, bed->memory, &other, &reply), STATUS_OK);
        int64_t took_ms = clock_monotonic_ms() - asked_ms;
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
    }
    report("%ld still wait, %ld of them in selection: others were answered within %lld ms", open,
           in_flight_most, (long long)slowest_ms);
    assert_true(in_flight_most > 0);
    for (int64_t end_ms = deadline_ms(); open > 0; look_again(end_ms, "every answer"))
        for (size_t i = 0; i < BROKERS; i++)
            while (take_in_vain(bed, waiting[i], 0))
                open--;
    for (size_t i = 0; i < BROKERS; i++)
        talloc_free(waiting[i]);
}

static void send_needs_after(struct bed *bed, struct raw *raw, int64_t seq)
{
    Bus__RequestHeader *header = raw_header(bed, bed->street, "ListNeeds");
    Bus__Position position = position_at(seq);

    header->timeout_ms = WAIT_MS;
    header->after = (Bus__Position *[]){&position};
    header->n_after = 1;
    raw_request(raw, mem_printf(bed->memory, "selection@%s", bed->street), header,
                bed_pack(bed, "ListNeeds", "{}"));
}

/* Who waits for what never comes takes his own share of the room, and the street's others find
 * theirs. Asked past the client, which would ask again. */
static void one_who_waits_for_much_leaves_room_for_others(void **state)
{
    enum { GREEDY = 300, HONEST = 12 };
    struct bed *bed = *state;
    struct raw *greedy = raw_connect(bed, ZMQ_DEALER, &bed->key[VOLUNTEER], 0, PORT_CLIENT);
    struct raw *honest = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    int64_t end_ms = deadline_ms(), next = make_unit(bed).seq + 1;
    long refused = 0;
    struct frames frames;

    for (int i = 0; i < GREEDY; i++)
        send_needs_after(bed, greedy, never.seq);
    while (in_flight(bed) + refused < GREEDY) {
        while (raw_receive(greedy, 10, &frames)) {
            frames_clear(&frames);
            refused++;
        }
        look_again(end_ms, "the greedy one waits or was refused");
    }
    assert_true(refused < GREEDY);
    long waiting = in_flight(bed);
    for (int i = 0; i < HONEST; i++)
        send_needs_after(bed, honest, next);
    assert_int_equal(make_unit(bed).seq, next);
    for (int i = 0; i < HONEST; i++)
        assert_int_equal(raw_answer(bed, honest)->code, TYPE__CODE__CODE_OK);
    report("%ld of %d wait without success, the others were told; %d honest ones were answered",
           waiting, GREEDY, HONEST);
    talloc_free(greedy);
    talloc_free(honest);
}

/* Asked past the client, which would ask the other instance before it tells. */
static void tells_those_who_wait_when_it_stops(void **state)
{
    enum { WAITING = 4, SOON_MS = 3000 };
    struct bed *bed = *state;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    const char *address = mem_printf(bed->memory, "selection@%s", bed->street);
    int64_t end_ms = deadline_ms();

    for (int i = 0; i < WAITING; i++) {
        Bus__RequestHeader *header = raw_header(bed, bed->street, "ListNeeds");
        header->timeout_ms = WAIT_MS;
        header->after = (Bus__Position *[]){(Bus__Position *)&never};
        header->n_after = 1;
        raw_request(raw, address, header, bed_pack(bed, "ListNeeds", "{}"));
    }
    while (in_flight(bed) < WAITING)
        look_again(end_ms, "they wait");
    int64_t began_ms = clock_monotonic_ms();
    for (size_t i = 0; i < INSTANCES; i++)
        assert_int_equal(process_end(&bed->service[SELECTION_SERVICE][i], SIGTERM, SOON_MS), 0);
    report("both instances stopped after %lld ms", (long long)(clock_monotonic_ms() - began_ms));
    for (int i = 0; i < WAITING; i++) {
        const Bus__ReplyHeader *reply = raw_answer(bed, raw);
        assert_int_equal(reply->code, TYPE__CODE__CODE_UNAVAILABLE);
        assert_string_equal(reply->violations[0]->field, "after");
        assert_string_equal(reply->violations[0]->rule, "behind");
    }
    talloc_free(raw);
}

static void assert_wrong_after(struct bed *bed, struct client *client,
                               const struct client_request *request, const char *rule)
{
    struct client_reply reply;

    assert_int_equal(client_call(client, bed->memory, request, &reply), STATUS_INVALID_ARGUMENT);
    assert_string_equal(reply.header->violations[0]->field, "after");
    assert_string_equal(reply.header->violations[0]->rule, rule);
}

static void waits_for_few_positions_of_one_street_only(void **state)
{
    enum { POSITIONS_MAX = 8 };
    struct bed *bed = *state;
    const Bus__Position first = position_at(1), *after[POSITIONS_MAX + 1];
    struct client_reply reply;

    for (size_t i = 0; i <= POSITIONS_MAX; i++)
        after[i] = &first;
    struct client_request request = list_needs(bed, after, 0);
    request.n_after = POSITIONS_MAX;
    assert_int_equal(client_call(bed->client, bed->memory, &request, &reply), STATUS_OK);
    request.n_after = POSITIONS_MAX + 1;
    assert_wrong_after(bed, bed->client, &request, "count");

    struct client_request spanning = {
        .service = "selection",
        .street = "",
        .method = bed_method("ListFollowers"),
        .payload = bed_pack(bed, "ListFollowers", "{}"),
    };
    assert_int_equal(client_call(bed->founder, bed->memory, &spanning, &reply), STATUS_OK);
    spanning.after = after;
    spanning.n_after = 1;
    assert_wrong_after(bed, bed->founder, &spanning, "empty");
}

static int up(void **state)
{
    int code = bed_up(state, (struct bed_options){.registries = 1, .others = INSTANCES});

    for (int64_t end_ms = deadline_ms(); raise_need(*state, make_unit(*state), 0) != STATUS_OK;)
        look_again(end_ms, "selection has heard of the street");
    return code;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(answers_others_while_many_wait_for_what_never_comes),
        bed_story(one_who_waits_for_much_leaves_room_for_others),
        bed_story(tells_those_who_wait_when_it_stops),
        bed_story(waits_for_few_positions_of_one_street_only),
    };

    return bed_finish(cmocka_run_group_tests_name("follow_waiting", tests, up, bed_down));
}
