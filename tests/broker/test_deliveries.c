/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_deliveries.c - what a worker with credit gets and gives, through a broker as a process
 *
 * test_deliveries PATH-OF-THE-BROKER
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "tests/broker/bed.h"
#include "tests/work.h"

/* A RequestHeader: \n, 36 characters of request_id; \x12, method "m"; \x1a, street "xiasha". */
#define HEADER "\n$0190a000-0000-7000-8000-000000000001\x12\x01m\x1a\x06xiasha"

/* The next request of a worker with credit, under parent. */
static const Bus__Delivery *receive_work(struct bed *bed, void *worker, const void *parent)
{
    enum { DELIVERY = 2 }; /* behind protocol and command */
    const Bus__Delivery *work = NULL;
    struct frames frames = {0};

    while (!work) { /* heartbeats */
        assert_true(bed_receive(bed, worker, WAIT_MS, &frames));
        if (frames.count > DELIVERY)
            work = work_read(parent, &frames, DELIVERY);
        frames_clear(&frames);
    }
    return work;
}

static void tells_a_worker_who_calls_by_the_certificate(void **state)
{
    struct bed *bed = *state;
    void *worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);
    void *client = bed_connect(bed, ZMQ_DEALER, &bed->office, PORT_CLIENT);
    void *memory = mem_check(talloc_new(NULL));

    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    bed_send(client, "MDPC02", "\x01", "registry@xiasha", HEADER, "payload");
    const Bus__Delivery *work = receive_work(bed, worker, memory);
    assert_string_equal(work->caller->name, "office");
    assert_int_equal(work->caller->role, BUS__ROLE__ROLE_STREET_STAFF);

    /* The worker is gone without a word: the broker finds out and asks the next one. */
    zmq_close(worker);
    worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);
    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    work = receive_work(bed, worker, memory);
    assert_int_equal(work->payload.len, 7);
    assert_memory_equal(work->payload.data, "payload", 7);
    talloc_free(memory);
    zmq_close(worker);
    zmq_close(client);
}

static void answer_work(void *worker, const Bus__Delivery *work, size_t payload_size)
{
    static uint8_t header[] = {0x0a, 1, '-'}, payload[RESPONSE_BYTES_MAX];
    Bus__Answer answer = BUS__ANSWER__INIT;
    struct frames frames = {0};

    answer.ticket = work->ticket;
    answer.header = (ProtobufCBinaryData){sizeof header, header};
    answer.payload = (ProtobufCBinaryData){payload_size, payload};
    frames_add_text(&frames, "MDPW02");
    frames_add_text(&frames, "\x04");
    work_answer(&frames, false, &answer);
    assert_true(frames_send(worker, &frames));
}

static void passes_the_largest_request_and_response(void **state)
{
    enum { LARGEST = MESSAGE_BYTES_MAX - 64 }; /* what the client library lets through */
    static uint8_t payload[LARGEST];
    struct bed *bed = *state;
    void *worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);
    void *client = bed_connect(bed, ZMQ_DEALER, &bed->office, PORT_CLIENT);
    void *memory = mem_check(talloc_new(NULL));
    struct frames frames = {0};

    memset(payload, 'p', sizeof payload);
    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    frames_add_text(&frames, "MDPC02");
    frames_add_text(&frames, "\x01");
    frames_add_text(&frames, "registry@xiasha");
    frames_add_text(&frames, HEADER);
    frames_add(&frames, payload, sizeof payload);
    assert_true(frames_send(client, &frames));
    const Bus__Delivery *work = receive_work(bed, worker, memory);
    assert_int_equal(work->payload.len, sizeof payload);
    assert_memory_equal(work->payload.data, payload, sizeof payload);
    answer_work(worker, work, RESPONSE_BYTES_MAX);
    assert_true(bed_receive(bed, client, WAIT_MS, &frames));
    assert_int_equal(frames.count, 5);
    assert_int_equal(frames_size(&frames, 4), RESPONSE_BYTES_MAX);
    frames_clear(&frames);
    talloc_free(memory);
    bed_send(worker, "MDPW02", "\x06");
    zmq_close(worker);
    zmq_close(client);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_worker_who_calls_by_the_certificate),
        cmocka_unit_test(passes_the_largest_request_and_response),
    };

    if (argc != 2)
        return 2;
    bed_program = argv[1];
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
