/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_events.c - a subscriber sees every event in order, whoever dies meanwhile; and who may not
 *
 * The subscriber is a process of its own that prints what it sees into a file. Registry 0 reaches
 * the database by TCP, registry 1 by its socket, so PostgreSQL tells whose relay is active.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/crowd.h"
#include "tests/system/raw.h"

enum { UNITS = 1000, LOSES_ACCESS_MS = 3000 };

static void start_follower(struct bed *bed, struct process *process, const char *street)
{
    char certificate[80], broker_key[80];
    const char *argv[] = {bed_environment("JUSHA_FOLLOWER_PROGRAM"),
                          bed_brokers(BROKERS),
                          certificate,
                          broker_key,
                          street,
                          "test",
                          NULL};

    snprintf(certificate, sizeof certificate, "%s/everywhere.key_secret", bed->folder);
    snprintf(broker_key, sizeof broker_key, "%s/broker.key", bed->folder);
    process_start(process, argv);
}

static struct process new_follower(struct bed *bed, const char *street)
{
    struct process process = {.name = "follower"};

    snprintf(process.log, sizeof process.log, "%s/follower-%s", bed->folder, street);
    start_follower(bed, &process, street);
    return process;
}

/* The last number that it printed. A line that is no event, as of its log, is passed over; after a
 * restart numbers may come again, but never with a gap or for another subject. */
static long last_seen(const struct process *follower, long *ret_again)
{
    char line[512], subject[512];
    FILE *file = fopen(follower->log, "re");
    long last = 0, seq, again = 0;

    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%ld %511s", &seq, subject) != 2 || !strchr(line, '\n'))
            continue;
        if (seq > last + 1)
            fail_msg("event %ld came after %ld", seq, last);
        again += seq <= last;
        last = seq;
    }
    fclose(file);
    if (ret_again)
        *ret_again = again;
    return last;
}

static void wait_seen(const struct process *follower, long seq)
{
    int64_t end_ms = deadline_ms();

    while (last_seen(follower, NULL) < seq)
        look_again(end_ms, "the subscriber sees the last event");
}

/* Number of the registry whose relay publishes; -1: none at the moment. */
static long active_relay(struct bed *bed)
{
    return bed_number(bed,
                      "SELECT CASE WHEN client_port > 0 THEN 0 ELSE 1 END FROM pg_stat_activity a"
                      " JOIN pg_locks l USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
                      " AND l.mode = 'ExclusiveLock'"
                      " AND a.usename = 'registry_relay' AND a.datname = current_database()");
}

static long wait_relay(struct bed *bed)
{
    int64_t end_ms = deadline_ms();

    while (active_relay(bed) < 0)
        look_again(end_ms, "a relay is active");
    return active_relay(bed);
}

static void kill_active_relay(struct bed *bed)
{
    long active = wait_relay(bed);

    process_kill(&bed->registry[active]);
    bed_start_registry(bed, (size_t)active);
}

static void restart_broker(struct bed *bed, size_t index)
{
    process_kill(&bed->broker[index]);
    bed_start_broker(bed, index);
}

/* Sends a tenth and waits for it, so that what happens between happens amid events. */
static void register_some(struct crowd *crowd)
{
    static const enum status ask_again[] = {STATUS_UNAVAILABLE, STATUS_UNKNOWN, STATUS_OK};

    crowd_send(crowd, UNITS / 10);
    crowd_wait(crowd, WAIT_MS);
    crowd_assert_only(crowd, ask_again);
}

static bool is_later(void *context)
{
    return clock_monotonic_ms() > *(const int64_t *)context;
}

static void shows_every_event_in_order_whoever_dies(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){4, BROKERS, 0});
    struct process follower = new_follower(bed, crowd_street(crowd));
    long again = 0;

    register_some(crowd);
    wait_seen(&follower, 1 + UNITS / 10);
    crowd_send(crowd, UNITS / 10);
    kill_active_relay(bed);
    register_some(crowd);
    restart_broker(bed, 0);
    register_some(crowd);
    process_stop(&follower);
    int64_t later_ms = clock_monotonic_ms() + 4000; /* longer than its heartbeats wait */
    crowd_load(crowd, 0, is_later, &later_ms);
    register_some(crowd);
    process_continue(&follower);
    register_some(crowd);
    bed_wait_ready(bed);
    restart_broker(bed, 1);
    crowd_send(crowd, UNITS / 10);
    kill_active_relay(bed);
    register_some(crowd);
    process_kill(&follower);
    register_some(crowd);
    start_follower(bed, &follower, crowd_street(crowd));
    register_some(crowd);
    bed_wait_ready(bed);
    crowd_resolve(crowd);
    crowd_assert_done(crowd);
    assert_int_equal(crowd_sent(crowd), UNITS);

    int64_t start_ms = clock_monotonic_ms();
    wait_seen(&follower, 1 + UNITS);
    last_seen(&follower, &again);
    report("%d events in order; %ld came again after the subscriber's own death; the last ones"
           " %lld ms after all was quiet",
           1 + UNITS, again, (long long)(clock_monotonic_ms() - start_ms));
    process_kill(&follower);
    talloc_free(crowd);
}

/* What it printed is in the journal no more: quiet as that is, the subscriber says so and ends. */
static void ends_where_the_journal_was_restored(void **state)
{
    struct bed *bed = *state;
    char street[16] = "";

    bed_street(bed, street);
    for (int i = 0; i < 5; i++)
        bed_unit(bed, bed_client(bed, EVERYWHERE, BROKERS), street,
                 mem_printf(bed->memory, "{\"unit\": {\"name\": \"r%d\", \"kind\": \"BANK\"}}", i));
    struct process follower = new_follower(bed, street);
    wait_seen(&follower, 6);
    bed_restore_registry(bed, street, 3);
    assert_int_equal(process_end(&follower, 0, WAIT_MS), EXIT_FAILURE);
    start_follower(bed, &follower, street); /* from its cursor, which was not restored here */
    assert_int_equal(process_end(&follower, 0, WAIT_MS), EXIT_FAILURE);
    bed_wait_ready(bed);
}

static void brings_an_event_soon(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){1, BROKERS, 0});
    struct process follower = new_follower(bed, crowd_street(crowd));
    int64_t longest_ms = 0;

    wait_relay(bed);
    crowd_send(crowd, 1);
    crowd_wait(crowd, WAIT_MS);
    wait_seen(&follower, 2);
    for (long seq = 3; seq < 23; seq++) {
        int64_t start_ms = clock_monotonic_ms();
        crowd_send(crowd, 1);
        crowd_wait(crowd, WAIT_MS);
        wait_seen(&follower, seq);
        int64_t took_ms = clock_monotonic_ms() - start_ms;
        longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
    }
    report("from command to event at most %lld ms in 20 tries", (long long)longest_ms);
    assert_in_range(longest_ms, 0, 2000);
    process_kill(&follower);
    talloc_free(crowd);
}

/* ---- who may ---- */

/* Publishes nothing itself: the street's units do. Waits until the socket hears an event. */
static bool hears_an_event(struct bed *bed, struct raw *raw, const char *street, int64_t wait_ms)
{
    static int number;
    int64_t end_ms = clock_monotonic_ms() + wait_ms;
    struct frames frames = {0};
    struct feed_message message;

    bed_unit(bed, bed->client, street,
             mem_printf(bed->memory, "{\"unit\": {\"name\": \"heard %d\", \"kind\": \"BANK\"}}",
                        number++));
    while (clock_monotonic_ms() < end_ms) {
        if (!raw_hear(raw, end_ms - clock_monotonic_ms(), &frames, &message))
            return false;
        bool heartbeat =
            message.word != FEED_PUBLISHED || message.topic[message.topic_size - 1] == '/';
        frames_clear(&frames);
        if (!heartbeat)
            return true;
    }
    return false;
}

static bool is_served(struct bed *bed, struct raw *raw, int64_t wait_ms)
{
    struct frames frames = {0};

    raw_request(raw, raw_address(bed, bed->street), raw_header(bed, bed->street, "ListUnits"),
                (ProtobufCBinaryData){0});
    if (!raw_receive(raw, wait_ms, &frames))
        return false;
    Bus__ReplyHeader *header =
        bus__reply_header__unpack(NULL, frames_size(&frames, 3), frames_data(&frames, 3));

    assert_non_null(header);
    bool served = header->code != TYPE__CODE__CODE_UNAUTHENTICATED;
    bus__reply_header__free_unpacked(header, NULL);
    frames_clear(&frames);
    return served;
}

static void takes_access_away_with_the_certificate(void **state)
{
    struct bed *bed = *state;
    struct certificate leaver;
    char path[80];

    assert_int_equal(certificate_create(bed->folder, "leaver", BUS__ROLE__ROLE_STREET_STAFF,
                                        bed->street, &leaver),
                     STATUS_OK);
    struct raw *client = raw_connect(bed, ZMQ_DEALER, &leaver, 0, PORT_CLIENT);
    struct raw *subscriber = raw_connect(bed, ZMQ_DEALER, &leaver, 0, PORT_SUBSCRIBE);
    assert_int_equal(raw_follow(subscriber, mem_printf(bed->memory, "%s/", bed->street)),
                     FEED_FOLLOWED);
    assert_true(is_served(bed, client, WAIT_MS));
    int64_t end_ms = deadline_ms();
    while (!hears_an_event(bed, subscriber, bed->street, 500))
        look_again(end_ms, "the subscription holds");

    snprintf(path, sizeof path, "%s/leaver.key", bed->folder);
    assert_int_equal(unlink(path), 0);
    int64_t gone_ms = clock_monotonic_ms();
    while (is_served(bed, client, 300))
        assert_true(clock_monotonic_ms() - gone_ms < LOSES_ACCESS_MS);
    report("a standing connection lost its access %lld ms after its certificate",
           (long long)(clock_monotonic_ms() - gone_ms - 300));
    while (hears_an_event(bed, subscriber, bed->street, 300))
        assert_true(clock_monotonic_ms() - gone_ms < LOSES_ACCESS_MS);
    report("a standing subscription went silent %lld ms after its certificate",
           (long long)(clock_monotonic_ms() - gone_ms - 300));
    talloc_free(client);
    talloc_free(subscriber);
    client = raw_connect(bed, ZMQ_DEALER, &leaver, 1, PORT_CLIENT);
    assert_false(is_served(bed, client, 500));
    talloc_free(client);
    raw_assert_serves(bed, 0);
}

/* What became of the handshake of a random key. */
static uint16_t knock(struct bed *bed, int type, const char *endpoint)
{
    void *socket = zmq_socket(bed->context, type), *monitor = zmq_socket(bed->context, ZMQ_PAIR);
    zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
    struct certificate stranger = {0};
    struct frames frames = {0};
    static int number; /* a monitor's name is free again only some time after its end */
    char *name = mem_printf(bed->memory, "inproc://knock.%d", number++);
    uint16_t event = 0;

    zmq_curve_keypair(stranger.public_key, stranger.secret_key);
    certificate_connect(socket, &stranger, bed->key[BROKER].public_key);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_socket_monitor(socket, name,
                       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zmq_connect(monitor, name);
    zmq_connect(socket, endpoint);
    if (zmq_poll(&item, 1, WAIT_MS) == 1 && frames_recv(monitor, &frames))
        memcpy(&event, frames_data(&frames, 0), sizeof event);
    frames_clear(&frames);
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
    zmq_close(socket);
    return event;
}

static void refuses_keys_that_nobody_knows(void **state)
{
    static const int peers[BROKER_PORTS] = {ZMQ_DEALER, ZMQ_DEALER, ZMQ_XPUB, ZMQ_DEALER};
    struct bed *bed = *state;
    char endpoint[300];

    for (size_t broker = 0; broker < BROKERS; broker++) {
        struct broker_address address = {.host = "127.0.0.1",
                                         .port = bed_port() + BROKER_STEP * (int)broker};
        for (int port = 0; port < BROKER_PORTS; port++) {
            ports_endpoint(&address, (enum broker_port)port, endpoint, sizeof endpoint);
            assert_int_equal(knock(bed, peers[port], endpoint), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
        }
    }
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = REGISTRIES});
}

/* jusha events, under this certificate: its exit code is 1 and it says so. */
static void assert_may_not_follow(struct bed *bed, const char *certificate, const char *words)
{
    struct process process = {.name = "jusha"};
    char line[512] = "";

    snprintf(process.log, sizeof process.log, "%s/jusha-%s", bed->folder, certificate);
    process_start(&process,
                  (const char *const[]){
                      bed_environment("JUSHA_PROGRAM"), "events", "--from", "head", "--follow",
                      "--street", bed->street, "--brokers", bed_brokers(BROKERS), "--certificate",
                      mem_printf(bed->memory, "%s/%s.key_secret", bed->folder, certificate),
                      "--broker-key", mem_printf(bed->memory, "%s/broker.key", bed->folder), NULL});
    assert_int_not_equal(process_end(&process, 0, WAIT_MS), 0);
    FILE *log = fopen(process.log, "re");

    assert_non_null(log);
    while (!strstr(line, words) && fgets(line, sizeof line, log))
        ;
    fclose(log);
    if (!strstr(line, words))
        fail_msg("%s does not say '%s' but '%s'", process.log, words, line);
}

static void says_why_it_may_not_follow(void **state)
{
    struct bed *bed = *state;
    struct certificate stranger;
    char path[200];

    assert_may_not_follow(bed, "volunteer", "PERMISSION_DENIED this certificate's role");
    assert_int_equal(certificate_create(bed->folder, "stranger", BUS__ROLE__ROLE_STREET_STAFF,
                                        bed->street, &stranger),
                     STATUS_OK);
    snprintf(path, sizeof path, "%s/stranger.key", bed->folder);
    assert_int_equal(remove(path), 0);
    assert_may_not_follow(bed, "stranger", "UNAUTHENTICATED the brokers do not know");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(shows_every_event_in_order_whoever_dies),
        bed_story(ends_where_the_journal_was_restored),
        bed_story(brings_an_event_soon),
        bed_story(takes_access_away_with_the_certificate),
        bed_story(refuses_keys_that_nobody_knows),
        bed_story(says_why_it_may_not_follow),
    };

    return bed_finish(cmocka_run_group_tests_name("events", tests, up, bed_down));
}
