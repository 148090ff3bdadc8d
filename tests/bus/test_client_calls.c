/* SPDX-License-Identifier: Apache-2.0 */
/* test_client_calls.c - calls that wait for their answer, and many at a time: the peer works in a
 * thread of its own */
#include "bed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_service.pb-c.h"
#include "registry_unit.pb-c.h"

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    peer_up(*state, 0);
    bed_client(*state, 1);
    return 0;
}

struct echo {
    struct bed *bed;
    pthread_t thread;
    _Atomic bool stop;
    void *memory;
};

/* Answers every request with its own payload; management questions with their own text. */
static void *echo_run(void *argument)
{
    struct echo *echo = argument;
    struct peer *peer = &echo->bed->peer[0];
    zmq_pollitem_t item = {.socket = peer->router, .events = ZMQ_POLLIN};

    while (!echo->stop) {
        struct request request = {.peer = peer};
        struct violations violations = {0};

        zmq_poll(&item, 1, 10);
        while (frames_recv(peer->router, &request.frames)) {
            if (frames_size(&request.frames, 3) > 4 &&
                memcmp(frames_data(&request.frames, 3), "mmi.", 4) == 0) {
                struct frames reply = {0};

                for (size_t i = 0; i < 4; i++)
                    frames_add_copy(&reply, &request.frames.frame[i]);
                memcpy(zmq_msg_data(&reply.frame[2]), "\x03", 1);
                frames_add_copy(&reply, &request.frames.frame[4]); /* the code it asks for */
                frames_add_text(&reply, "body");
                assert_true(frames_send(peer->router, &reply));
            } else {
                void *memory = talloc_new(echo->memory);

                if (wire_unpack(memory, &bus__request_header__descriptor,
                                frames_data(&request.frames, 4), frames_size(&request.frames, 4),
                                &violations, (ProtobufCMessage **)&request.header) != STATUS_OK)
                    abort();
                answer(&request, STATUS_OK, frames_data(&request.frames, 5),
                       frames_size(&request.frames, 5));
                talloc_free(memory);
            }
            request_clear(&request);
        }
    }
    return NULL;
}

static void echo_start(struct echo *echo, struct bed *bed)
{
    *echo = (struct echo){.bed = bed, .memory = talloc_new(NULL)};
    assert_int_equal(pthread_create(&echo->thread, NULL, echo_run, echo), 0);
}

static void echo_stop(struct echo *echo)
{
    echo->stop = true;
    pthread_join(echo->thread, NULL);
    talloc_free(echo->memory);
}

static void a_call_leaves_other_replies_alone(void **state)
{
    struct bed *bed = *state;
    struct client_reply reply;
    struct echo echo;

    echo_start(&echo, bed);
    uint64_t before = bed_send(bed, 5000);

    assert_int_equal(client_call(bed->client, bed->memory,
                                 &(struct client_request){.service = "registry",
                                                          .method = "m",
                                                          .payload = {2, (uint8_t *)"me"}},
                                 &reply),
                     STATUS_OK);
    assert_memory_equal(reply.payload.data, "me", 2);
    assert_true(client_next(bed->client, bed->memory, -1, &reply));
    assert_int_equal(reply.number, before);
    assert_false(client_next(bed->client, bed->memory, -1, &reply));
    echo_stop(&echo);
}

static void a_typed_call_unpacks_its_response(void **state)
{
    static const char method[] = "jusha.registry.v1.RegistryService/GetUnit";
    struct bed *bed = *state;
    Registry__GetUnitRequest request = REGISTRY__GET_UNIT_REQUEST__INIT;
    ProtobufCMessage *response = NULL;
    struct client_reply reply;
    struct echo echo;

    echo_start(&echo, bed);
    assert_int_equal(
        client_invoke(bed->client, bed->memory, "xiasha", method, &request.base, &reply, &response),
        STATUS_OK); /* an empty message is of any type */
    assert_ptr_equal(response->descriptor, &registry__get_unit_response__descriptor);
    assert_int_equal(
        client_invoke(bed->client, bed->memory, "xiasha", method, &request.base, NULL, NULL),
        STATUS_OK);
    request.unit_id = "text where the response holds a message";
    response = NULL;
    assert_int_equal(
        client_invoke(bed->client, bed->memory, "xiasha", method, &request.base, &reply, &response),
        STATUS_INTERNAL);
    assert_null(response);
    echo_stop(&echo);
}

static void asks_a_broker_about_itself(void **state)
{
    static const struct {
        const char *code;
        enum status status;
    } table[] = {{"200", STATUS_OK},
                 {"404", STATUS_NOT_FOUND},
                 {"501", STATUS_NOT_FOUND},
                 {"403", STATUS_PERMISSION_DENIED},
                 {"400", STATUS_INVALID_ARGUMENT},
                 {"999", STATUS_INTERNAL},
                 {"", STATUS_INTERNAL},
                 {"two hundred", STATUS_INTERNAL}};
    struct bed *bed = *state;
    ProtobufCBinaryData body;
    struct echo echo;

    assert_int_equal(client_mmi(bed->client, bed->memory, 0, "mmi.service", "registry", &body),
                     STATUS_UNAVAILABLE); /* nobody serves the peer yet */
    echo_start(&echo, bed);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enum status status =
            client_mmi(bed->client, bed->memory, 0, "mmi.status", table[i].code, &body);

        if (status != table[i].status) /* the answer to the lost question is not taken for it */
            fail_msg("%s is %s", table[i].code, status_name(status));
        assert_int_equal(body.len, 4);
        assert_memory_equal(body.data, "body", 4);
    }
    assert_int_equal(client_brokers(bed->client), 1);
    assert_text(client_broker(bed->client, 0), bed_brokers(1));
    echo_stop(&echo);
}

static void carries_many_at_a_time(void **state)
{
    enum { IN_FLIGHT = 10000, ALL = 50000 };
    struct bed *bed = *state;
    static bool seen[ALL + 1];
    struct client_reply reply;
    struct echo echo;
    int sent = 0, got = 0;

    echo_start(&echo, bed);
    int64_t start_ms = clock_monotonic_ms();

    for (; got < ALL; got++) {
        for (; sent < ALL && sent - got < IN_FLIGHT; sent++)
            (void)bed_send(bed, 30000);
        void *memory = talloc_new(bed->memory);

        assert_true(client_next(bed->client, memory, -1, &reply));
        assert_int_equal(reply.header->code, STATUS_OK);
        assert_true(reply.number <= ALL && !seen[reply.number]);
        seen[reply.number] = true;
        talloc_free(memory);
    }
    int64_t ms = clock_monotonic_ms() - start_ms;

    print_message("%d requests, %d in flight: %d/s\n", ALL, IN_FLIGHT, (int)(ALL * 1000L / ms));
    echo_stop(&echo);
}

int main(void)
{
#define client_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        client_test(a_call_leaves_other_replies_alone),
        client_test(a_typed_call_unpacks_its_response),
        client_test(asks_a_broker_about_itself),
        client_test(carries_many_at_a_time),
    };
    return cmocka_run_group_tests_name("client_calls", tests, NULL, NULL);
}
