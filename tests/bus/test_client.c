/* SPDX-License-Identifier: Apache-2.0 */
/* test_client.c - one broker: frames, replies, deadlines */
#include "bed.h"

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    peer_up(*state, 0);
    bed_client(*state, 1);
    return 0;
}

static void sends_the_frames_of_majordomo(void **state)
{
    struct bed *bed = *state;
    struct request request;
    char id[ID_CHARS + 1];

    id_new(id);
    (void)client_send(
        bed->client, &(struct client_request){.service = "registry",
                                              .street = "xiasha",
                                              .method = "jusha.registry.v1.RegistryService/GetUnit",
                                              .actor = "li",
                                              .request_id = id,
                                              .traceparent = "00-a-b-01",
                                              .timeout_ms = 5000,
                                              .payload = {3, (uint8_t *)"abc"}});
    wait_request(bed, NULL, &request);
    assert_int_equal(request.frames.count, 6); /* the routing id is the ROUTER's */
    assert_true(frames_equal(&request.frames, 1, "MDPC02", 6));
    assert_true(frames_equal(&request.frames, 2, "\x01", 1));
    assert_true(frames_equal(&request.frames, 3, "registry@xiasha", 15));
    assert_true(frames_equal(&request.frames, 5, "abc", 3));
    assert_text(request.header->request_id, id);
    assert_text(request.header->method, "jusha.registry.v1.RegistryService/GetUnit");
    assert_text(request.header->street, "xiasha");
    assert_text(request.header->actor, "li");
    assert_text(request.header->traceparent, "00-a-b-01");
    assert_in_range(request.header->timeout_ms, 1, 5000);
    request_clear(&request);
}

static void makes_up_what_is_not_given(void **state)
{
    struct bed *bed = *state;
    struct request request;

    (void)client_send(bed->client, &(struct client_request){.service = "registry", .method = "m"});
    wait_request(bed, NULL, &request);
    assert_true(frames_equal(&request.frames, 3, "registry", 8));
    assert_true(id_unix_ms(request.header->request_id) > 0);
    assert_int_equal(request.header->n_after, 0);
    assert_in_range(request.header->timeout_ms, 9000, 10000);
    assert_int_equal(frames_size(&request.frames, 5), 0);
    request_clear(&request);
}

static void takes_a_reply_with_and_without_the_leading_empty_frame(void **state)
{
    struct bed *bed = *state;
    struct request request;
    struct client_reply reply;

    for (int leading = 0; leading < 2; leading++) {
        uint64_t number = bed_send(bed, 5000);

        wait_request(bed, NULL, &request);
        if (leading) { /* an empty frame behind the routing id, as most implementations send */
            zmq_msg_t *id = &request.frames.frame[0];

            zmq_send(request.peer->router, zmq_msg_data(id), zmq_msg_size(id), ZMQ_SNDMORE);
            Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

            header.request_id = request.header->request_id;
            ProtobufCBinaryData packed = wire_pack(bed->memory, &header.base);

            zmq_send(request.peer->router, "", 0, ZMQ_SNDMORE);
            zmq_send(request.peer->router, "MDPC02", 6, ZMQ_SNDMORE);
            zmq_send(request.peer->router, "\x03", 1, ZMQ_SNDMORE);
            zmq_send(request.peer->router, "registry@xiasha", 15, ZMQ_SNDMORE);
            zmq_send(request.peer->router, packed.data, packed.len, ZMQ_SNDMORE);
            zmq_send(request.peer->router, "yes", 3, 0);
        } else {
            answer(&request, STATUS_OK, "yes", 3);
        }
        wait_reply(bed, &reply);
        assert_int_equal(reply.number, number);
        assert_int_equal(reply.header->code, STATUS_OK);
        assert_int_equal(reply.payload.len, 3);
        assert_memory_equal(reply.payload.data, "yes", 3);
        request_clear(&request);
    }
}

static void drops_what_is_no_reply_to_it(void **state)
{
    static const struct {
        size_t count;
        const char *frame[5];
    } table[] = {
        {1, {""}},
        {1, {"MDPC02"}},
        {3, {"MDPC02", "\x03", "registry@xiasha"}},
        {5, {"MDPC01", "\x03", "registry@xiasha", "\x0a\x01x", ""}},
        {5, {"MDPC02", "\x02", "registry@xiasha", "\x0a\x01x", ""}},
        {5, {"MDPC02", "\x03", "registry@xiasha", "\x0a\x63x", ""}},        /* header cut short */
        {5, {"MDPC02", "\x03", "registry@xiasha", "\x0a\x02\xff\xff", ""}}, /* no UTF-8 */
        {5, {"MDPC02", "\x03", "registry@xiasha", "\x0a\x01x", ""}},        /* of no request */
        {5, {"MDPC02", "\x03", "mmi.service", "200", ""}},                  /* not asked */
        {5, {"MDPC02", "\x03", "registry@xiasha", "\x10\x0e", ""}},         /* no request_id */
    };
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    (void)bed_send(bed, 5000);
    wait_request(bed, NULL, &request);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct frames frames = {0};

        frames_add_copy(&frames, &request.frames.frame[0]);
        for (size_t n = 0; n < table[i].count; n++)
            frames_add_text(&frames, table[i].frame[n]);
        assert_true(frames_send(request.peer->router, &frames));
    }
    answer(&request, STATUS_OK, "good", 4);
    wait_reply(bed, &reply); /* came behind all of them on the same connection */
    assert_int_equal(reply.header->code, STATUS_OK);
    assert_memory_equal(reply.payload.data, "good", 4);
    assert_false(client_next(bed->client, bed->memory, 0, &reply));
    request_clear(&request);
}

static void a_doubled_reply_comes_once(void **state)
{
    struct bed *bed = *state;
    struct request first, second;
    struct client_reply reply;

    uint64_t number = bed_send(bed, 5000);

    wait_request(bed, NULL, &first);
    for (int i = 0; i < 3; i++)
        answer(&first, STATUS_OK, "one", 3);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, number);
    number = bed_send(bed, 5000);
    wait_request(bed, NULL, &second); /* fails if a reply comes first */
    answer(&first, STATUS_OK, "one", 3);
    answer(&second, STATUS_OK, "two", 3);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, number);
    assert_memory_equal(reply.payload.data, "two", 3);
    request_clear(&first);
    request_clear(&second);
}

static void returns_what_the_service_answered(void **state)
{
    static const enum status table[] = {
        STATUS_NOT_FOUND,         STATUS_INVALID_ARGUMENT, STATUS_RESOURCE_EXHAUSTED,
        STATUS_DEADLINE_EXCEEDED, STATUS_UNKNOWN,          STATUS_ABORTED,
        STATUS_INTERNAL,          STATUS_PERMISSION_DENIED};
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        (void)bed_send(bed, 5000);
        wait_request(bed, NULL, &request);
        answer(&request, table[i], "", 0);
        wait_reply(bed, &reply); /* fails if it is sent again */
        assert_int_equal(reply.header->code, table[i]);
        request_clear(&request);
    }
}

static void asks_again_after_unavailable_with_growing_pauses(void **state)
{
    struct bed *bed = *state;
    int64_t start_ms = clock_monotonic_ms();
    struct client_reply reply;
    char first_id[ID_CHARS + 1] = "";
    struct request request;
    uint32_t timeout_ms = 900;
    int tries = 0;

    (void)bed_send(bed, timeout_ms);
    while (!client_next(bed->client, bed->memory, 1, &reply)) {
        if (!peers_take(bed, NULL, &request))
            continue;
        if (tries++ == 0)
            snprintf(first_id, sizeof first_id, "%s", request.header->request_id);
        assert_text(request.header->request_id, first_id);
        assert_true(request.header->timeout_ms <= timeout_ms); /* what remains */
        timeout_ms = request.header->timeout_ms;
        answer(&request, STATUS_UNAVAILABLE, "", 0);
        request_clear(&request);
    }
    assert_int_equal(reply.header->code, STATUS_UNAVAILABLE);
    assert_in_range(clock_monotonic_ms() - start_ms, 850, 2000);
    assert_in_range(tries, 3, 5); /* at 0, 50, 150, 350 and 750 ms */
    assert_true(timeout_ms < 800);
}

static void waits_for_a_broker_that_comes_later(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    peer_down(&bed->peer[0]);
    talloc_free(bed->client);
    bed_client(bed, 1);
    uint64_t number = bed_send(bed, 15000);

    assert_false(client_next(bed->client, bed->memory, 300, &reply));
    peer_up(bed, 0);
    wait_request(bed, NULL, &request);
    answer(&request, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, number);
    request_clear(&request);
}

static void says_deadline_exceeded_when_nobody_took_it(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    char nobody[32];

    snprintf(nobody, sizeof nobody, "127.0.0.1:%d", bed_port(PORT_NOBODY));
    talloc_free(bed->client);
    bed->client = client_new(NULL, bed->context, nobody, &bed->caller,
                             broker_keys_of(bed->memory, bed->broker.public_key));
    int64_t start_ms = clock_monotonic_ms();

    (void)bed_send(bed, 300);
    assert_true(client_next(bed->client, bed->memory, -1, &reply));
    assert_int_equal(reply.header->code, STATUS_DEADLINE_EXCEEDED);
    assert_in_range(clock_monotonic_ms() - start_ms, 300, 600);
    assert_false(client_next(bed->client, bed->memory, -1, &reply)); /* nothing is under way */
}

static void says_unknown_when_it_was_sent_and_not_answered(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request request;

    (void)bed_send(bed, 400);
    wait_request(bed, NULL, &request);
    wait_reply(bed, &reply); /* pings are answered: the broker lives */
    assert_int_equal(reply.header->code, STATUS_UNKNOWN);
    assert_text(reply.header->request_id, request.header->request_id);
    answer(&request, STATUS_OK, "", 0); /* too late */
    assert_false(client_next(bed->client, bed->memory, 200, &reply));
    request_clear(&request);
}

static void a_refused_certificate_is_unauthenticated_until_it_is_honoured(void **state)
{
    struct bed *bed = *state;
    struct certificate late;
    struct client_reply reply;
    struct request request;
    char from[100], to[100];

    assert_int_equal(certificate_create(bed->folder, "late", BUS__ROLE__ROLE_SHOP, "xiasha", &late),
                     STATUS_OK);
    snprintf(from, sizeof from, "%s/late.key", bed->folder);
    snprintf(to, sizeof to, "%s/late.away", bed->folder);
    assert_int_equal(rename(from, to), 0);
    talloc_free(bed->client);
    bed->client = client_new(NULL, bed->context, bed_brokers(1), &late,
                             broker_keys_of(bed->memory, bed->broker.public_key));
    (void)bed_send(bed, 2500);
    assert_true(client_next(bed->client, bed->memory, -1, &reply));
    assert_int_equal(reply.header->code, STATUS_UNAUTHENTICATED);
    (void)bed_send(bed, 10000);
    assert_int_equal(rename(to, from), 0);
    wait_request(bed, NULL, &request);
    request_clear(&request);
}

static void another_server_key_gets_nowhere(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;

    talloc_free(bed->client);
    bed->client = client_new(NULL, bed->context, bed_brokers(1), &bed->caller,
                             broker_keys_of(bed->memory, bed->caller.public_key));
    (void)bed_send(bed, 500);
    assert_true(client_next(bed->client, bed->memory, -1, &reply));
    assert_int_equal(reply.header->code, STATUS_DEADLINE_EXCEEDED);
}

static void refuses_at_once_what_cannot_be_sent(void **state)
{
    static uint8_t large[MESSAGE_BYTES_MAX];
    struct bed *bed = *state;
    char id[ID_CHARS + 1];
    struct client_request request = {.service = "registry", .street = "xiasha", .method = "m"};
    struct client_reply reply;
    struct request got;

    request.payload = (ProtobufCBinaryData){sizeof large, large};
    (void)client_send(bed->client, &request);
    assert_true(client_next(bed->client, bed->memory, 0, &reply));
    assert_int_equal(reply.header->code, STATUS_INVALID_ARGUMENT);
    request.payload.len = MESSAGE_BYTES_MAX - 64;
    (void)client_send(bed->client, &request);
    wait_request(bed, NULL, &got);
    assert_int_equal(frames_size(&got.frames, 5), MESSAGE_BYTES_MAX - 64);
    request_clear(&got);
    request.payload.len = 0;
    id_new(id);
    request.request_id = id;
    (void)client_send(bed->client, &request);
    uint64_t second = client_send(bed->client, &request);

    assert_true(client_next(bed->client, bed->memory, 0, &reply));
    assert_int_equal(reply.header->code, STATUS_ABORTED);
    assert_int_equal(reply.number, second);
    wait_request(bed, NULL, &got); /* the first goes its way */
    answer(&got, STATUS_OK, "", 0);
    wait_reply(bed, &reply);
    assert_int_equal(reply.number, second - 1);
    request_clear(&got);
}

static void replies_set_aside_wait_for_their_taker(void **state)
{
    struct bed *bed = *state;
    struct client_request request = {.service = "registry", .method = "m", .aside = true};
    uint64_t aside = client_send(bed->client, &request), plain = bed_send(bed, 5000);
    struct client_reply reply;
    struct request got;

    for (int i = 0; i < 2; i++) {
        wait_request(bed, NULL, &got);
        if (i == 0)
            answer(&got, STATUS_NOT_FOUND, "", 0);
        request_clear(&got);
        if (i == 0)
            assert_false(client_next(bed->client, bed->memory, 100, &reply));
    }
    assert_false(client_take(bed->client, bed->memory, plain, 0, &reply)); /* not there yet */
    assert_true(client_take(bed->client, bed->memory, aside, 0, &reply));
    assert_int_equal(reply.header->code, STATUS_NOT_FOUND);
    assert_false(client_take(bed->client, bed->memory, aside, 0, &reply));  /* taken */
    assert_false(client_take(bed->client, bed->memory, 12345, -1, &reply)); /* never was */
}

static void a_forgotten_reply_reaches_nobody(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct request got[2];

    for (int i = 0; i < 2; i++) {
        uint64_t number = bed_send(bed, 5000);

        wait_request(bed, NULL, &got[i]);
        if (i == 0)
            client_forget(bed->client, number);
        client_forget(bed->client, 12345); /* never was */
    }
    assert_true(got[0].header->timeout_ms > 0);
    answer(&got[0], STATUS_OK, "one", 3);
    answer(&got[1], STATUS_OK, "two", 3);
    wait_reply(bed, &reply);
    assert_memory_equal(reply.payload.data, "two", 3);
    assert_false(client_next(bed->client, bed->memory, -1, &reply));
    for (int i = 0; i < 2; i++)
        request_clear(&got[i]);
}

static void cannot_be_made_of_a_bad_list(void **state)
{
    struct bed *bed = *state;

    assert_null(client_new(NULL, bed->context, "nowhere", &bed->caller,
                           broker_keys_of(bed->memory, bed->broker.public_key)));
}

int main(void)
{
#define client_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        client_test(sends_the_frames_of_majordomo),
        client_test(makes_up_what_is_not_given),
        client_test(takes_a_reply_with_and_without_the_leading_empty_frame),
        client_test(drops_what_is_no_reply_to_it),
        client_test(a_doubled_reply_comes_once),
        client_test(returns_what_the_service_answered),
        client_test(asks_again_after_unavailable_with_growing_pauses),
        client_test(waits_for_a_broker_that_comes_later),
        client_test(says_deadline_exceeded_when_nobody_took_it),
        client_test(says_unknown_when_it_was_sent_and_not_answered),
        client_test(a_refused_certificate_is_unauthenticated_until_it_is_honoured),
        client_test(another_server_key_gets_nowhere),
        client_test(refuses_at_once_what_cannot_be_sent),
        client_test(replies_set_aside_wait_for_their_taker),
        client_test(a_forgotten_reply_reaches_nobody),
        client_test(cannot_be_made_of_a_bad_list),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
