/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_publisher.c - what goes out when something is committed
 *
 * A SUB socket stands where a broker has its publish port; batches are real.
 */
#include "bed_registry.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "journal_live.pb-c.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/journal/publisher.h"

enum { WAIT_MS = 20000, UNITS = 3 };

static struct {
    void *context, *socket; /* SUB to everything */
    struct broker_keys *broker_keys;
    struct publisher *publisher;
} ear;

static struct certificate new_certificate(void)
{
    struct certificate certificate = {0};

    assert_int_equal(zmq_curve_keypair(certificate.public_key, certificate.secret_key), 0);
    return certificate;
}

/* The next message, one frame; it must come. The caller clears the frame. */
static void hear(struct frames *ret, struct feed_message *ret_message)
{
    zmq_pollitem_t item = {ear.socket, 0, ZMQ_POLLIN, 0};

    while (!frames_recv(ear.socket, ret))
        assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
    assert_int_equal(ret->count, 1);
    assert_true(feed_read(frames_data(ret, 0), frames_size(ret, 0), ret_message));
    assert_int_equal(ret_message->word, FEED_PUBLISHED);
}

static void assert_topic(const struct feed_message *message, const char *topic)
{
    assert_int_equal(message->topic_size, strlen(topic));
    assert_memory_equal(message->topic, topic, strlen(topic));
}

static void hear_hint(const char *street, int64_t head)
{
    struct feed_message message;
    struct frames frames;
    char topic[100];

    snprintf(topic, sizeof topic, "!registry/%s", street);
    hear(&frames, &message);
    assert_topic(&message, topic);
    Journal__Hint *hint = journal__hint__unpack(NULL, message.body_size, message.body);
    assert_non_null(hint);
    assert_int_equal(hint->head, head);
    journal__hint__free_unpacked(hint, NULL);
    frames_clear(&frames);
}

/* It hints that heads are to be looked at. */
static void start_publisher(void)
{
    publisher_start(ear.publisher);
    hear_hint("", 0);
}

/* What is said before the connection stands nobody hears: so it is said until something comes, and
 * then all of that is let pass. */
static void wait_for_connection(void)
{
    zmq_pollitem_t item = {ear.socket, 0, ZMQ_POLLIN, 0};
    int64_t said = 0;

    do
        publisher_tell(ear.publisher, "probe", &(struct point){.seq = ++said}, NULL, 0);
    while (zmq_poll(&item, 1, 10) == 0 && said * 10 < WAIT_MS);
    for (bool last = false; !last;) {
        struct feed_message message;
        struct frames frames;
        hear(&frames, &message);
        Journal__Hint *hint = journal__hint__unpack(NULL, message.body_size, message.body);
        last = hint->head == said;
        journal__hint__free_unpacked(hint, NULL);
        frames_clear(&frames);
    }
}

static int listen_to_it(void **state)
{
    struct certificate broker = new_certificate(), own = new_certificate();
    char endpoint[64], brokers[64];
    size_t size = sizeof endpoint;
    int port;

    (void)state;
    ear.context = zmq_ctx_new();
    ear.socket = zmq_socket(ear.context, ZMQ_SUB);
    certificate_serve(ear.socket, &broker, PORT_PUBLISH);
    zmq_setsockopt(ear.socket, ZMQ_SUBSCRIBE, "", 0);
    assert_int_equal(zmq_bind(ear.socket, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(ear.socket, ZMQ_LAST_ENDPOINT, endpoint, &size);
    assert_int_equal(sscanf(endpoint, "tcp://127.0.0.1:%d", &port), 1);
    snprintf(brokers, sizeof brokers, "127.0.0.1:%d", port - PORT_PUBLISH);
    ear.broker_keys = broker_keys_of(NULL, broker.public_key);
    ear.publisher = publisher_new(ear.context, "registry", brokers, &own, ear.broker_keys);
    wait_for_connection();
    return 0;
}

static int hang_up(void **state)
{
    (void)state;
    publisher_destroy(&ear.publisher);
    zmq_close(ear.socket);
    zmq_ctx_term(ear.context);
    return 0;
}

static int bed_up_heard(void **state)
{
    int up = bed_up(state);
    struct bed *bed = *state;

    bed->slot.publisher = ear.publisher;
    return up;
}

static int bed_down_heard(void **state)
{
    publisher_stop(ear.publisher);
    return bed_down(state);
}

/* The street's journal, whose first event is the street's own, gets events 2 to 4. */
static void register_units(struct bed *bed)
{
    static const char *const names[UNITS] = {"一", "二", "三"};
    struct call *calls[UNITS];

    for (int i = 0; i < UNITS; i++)
        calls[i] = bed_call(bed, "RegisterUnit",
                            bed_json(bed, "{'unit': {'name': '%s', 'kind': 'BANK'}}", names[i]));
    batch_run(&bed->slot, calls, UNITS);
    for (int i = 0; i < UNITS; i++) {
        assert_int_equal(calls[i]->status, STATUS_OK);
        bed_free(calls[i]);
    }
}

/* The events behind the first, byte for byte as the journal tells them afterwards. */
static void hear_journal(struct bed *bed)
{
    struct call *call = bed_run(bed, bed_call(bed, "Read", bed_json(bed, "{'afterSeq': '1'}")));
    const Journal__ReadResponse *journal = call->response;

    assert_int_equal(journal->n_events, UNITS);
    for (size_t i = 0; i < journal->n_events; i++) {
        ProtobufCBinaryData packed = wire_pack(call, &journal->events[i]->base);
        const char *topic = bed_json(bed, "%s/registry/UnitRegistered", bed->street);
        struct feed_message message;
        struct frames frames;

        hear(&frames, &message);
        assert_topic(&message, topic);
        assert_int_equal(message.body_size, packed.len);
        assert_memory_equal(message.body, packed.data, packed.len);
        frames_clear(&frames);
    }
    bed_free(call);
}

static void see(const char *street, int64_t head)
{
    publisher_see(ear.publisher, street, &(struct point){.seq = head});
}

static void assert_behind(const char *street, int64_t sent, int64_t head)
{
    struct behind behind[2];

    assert_int_equal(publisher_behind(ear.publisher, behind, 2), 1);
    assert_string_equal(behind[0].street, street);
    assert_int_equal(behind[0].sent.seq, sent);
    assert_int_equal(behind[0].head.seq, head);
}

static void assert_nothing_behind(void)
{
    struct behind behind;

    assert_int_equal(publisher_behind(ear.publisher, &behind, 1), 0);
}

static void gives_a_hint_while_another_process_publishes(void **state)
{
    struct bed *bed = *state;

    register_units(bed);
    hear_hint(bed->street, 1 + UNITS);
    assert_nothing_behind();
}

/* The connection stood when these were told, but nobody had looked whether it does. */
static void tells_again_what_may_not_have_arrived(void **state)
{
    struct bed *bed = *state;
    const char *topic = bed_json(bed, "!registry/%s", bed->street);
    bool heard = false;

    register_units(bed);
    hear_hint(bed->street, 1 + UNITS);
    for (int calls = 0; !heard && calls < WAIT_MS / 10; calls++) {
        zmq_pollitem_t item = {ear.socket, 0, ZMQ_POLLIN, 0};
        struct feed_message message;
        struct frames frames;

        publisher_keep(ear.publisher);
        if (zmq_poll(&item, 1, 10) == 0)
            continue;
        hear(&frames, &message);
        heard = message.topic_size == strlen(topic) &&
                memcmp(message.topic, topic, message.topic_size) == 0;
        frames_clear(&frames);
    }
    assert_true(heard);
}

static void says_hello_while_it_has_nothing_to_say(void **state)
{
    struct feed_message message;
    struct frames frames;

    (void)state;
    for (int i = 0; i < 2; i++) { /* once a second, and not at each call */
        zmq_pollitem_t item = {ear.socket, 0, ZMQ_POLLIN, 0};
        int calls = 0;

        while (zmq_poll(&item, 1, 10) == 0 && calls++ < WAIT_MS / 10)
            publisher_keep(ear.publisher);
        hear(&frames, &message);
        assert_topic(&message, "?registry");
        assert_int_equal(message.body_size, 0);
        frames_clear(&frames);
        assert_true(i == 0 || calls > 10);
    }
}

static void publishes_at_once_what_the_journal_tells_later(void **state)
{
    struct bed *bed = *state;

    see(bed->street, 1);
    start_publisher();
    register_units(bed);
    hear_journal(bed);
    hear_hint(bed->street, 1 + UNITS);
    assert_nothing_behind();
}

/* Another process has committed event 1, and the relay has not read it yet. */
static void leaves_to_the_relay_what_does_not_follow_on(void **state)
{
    struct bed *bed = *state;
    struct behind found = {.head = {.seq = 1 + UNITS}};

    start_publisher();
    register_units(bed);
    hear_hint(bed->street, 1 + UNITS);
    assert_behind(bed->street, 0, 1 + UNITS);

    see(bed->street, 9);
    snprintf(found.street, sizeof found.street, "%s", bed->street);
    publisher_settle(ear.publisher, &found); /* it was seen again since: that may be behind */
    assert_behind(bed->street, 0, 9);
    found.head.seq = 9;
    publisher_settle(ear.publisher, &found);
    assert_nothing_behind();
}

/* The relay was reading while a work thread published: what it read begins with what is out. */
static void goes_on_behind_what_is_out(void **state)
{
    struct bed *bed = *state;
    struct journal_entry read[UNITS];
    struct feed_message message;
    struct frames frames;

    see(bed->street, 1);
    start_publisher();
    register_units(bed);
    hear_journal(bed);
    hear_hint(bed->street, 1 + UNITS);
    for (int i = 0; i < UNITS; i++) /* the last one is new */
        read[i] = (struct journal_entry){.seq = 3 + i,
                                         .id = "",
                                         .predecessor = "",
                                         .type = "UnitRegistered",
                                         .subject = "",
                                         .actor = "",
                                         .traceparent = "",
                                         .causation = ""};
    see(bed->street, 2 + UNITS);
    publisher_publish(ear.publisher, bed->street, read, UNITS);
    assert_nothing_behind();
    hear(&frames, &message);
    assert_true(memmem(message.body, message.body_size, "00005", 5) != NULL);
    frames_clear(&frames);
}

/* ---- a COMMIT whose answer is lost ---- */

static int commits_cut;

static void cut_once(struct db *db)
{
    if (commits_cut++ == 0)
        shutdown(db_socket(db), SHUT_RDWR);
}

/* The transaction stands or was made again: either way all of it is told. */
static void tells_of_events_whose_commit_was_in_doubt(void **state)
{
    struct bed *bed = *state;
    struct behind behind;

    see(bed->street, 1);
    start_publisher();
    commits_cut = 0;
    batch_before_commit_answer = cut_once;
    register_units(bed);
    batch_before_commit_answer = NULL;
    assert_true(commits_cut > 0);
    if (publisher_behind(ear.publisher, &behind, 1) == 1)
        assert_int_equal(behind.head.seq, 1 + UNITS);
    else
        hear_journal(bed);
    hear_hint(bed->street, 1 + UNITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_a_hint_while_another_process_publishes, bed_up_heard,
                                        bed_down_heard),
        cmocka_unit_test_setup_teardown(tells_again_what_may_not_have_arrived, bed_up_heard,
                                        bed_down_heard),
        cmocka_unit_test(says_hello_while_it_has_nothing_to_say),
        cmocka_unit_test_setup_teardown(publishes_at_once_what_the_journal_tells_later,
                                        bed_up_heard, bed_down_heard),
        cmocka_unit_test_setup_teardown(leaves_to_the_relay_what_does_not_follow_on, bed_up_heard,
                                        bed_down_heard),
        cmocka_unit_test_setup_teardown(goes_on_behind_what_is_out, bed_up_heard, bed_down_heard),
        cmocka_unit_test_setup_teardown(tells_of_events_whose_commit_was_in_doubt, bed_up_heard,
                                        bed_down_heard),
    };
    return cmocka_run_group_tests(tests, listen_to_it, hang_up);
}
