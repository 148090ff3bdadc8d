/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_event_port.c - the broker as a process: who follows, who publishes, who is told what, over
 * real sockets with CURVE
 *
 * test_event_port PATH-OF-THE-BROKER
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/bus/feed.h"
#include "tests/broker/bed.h"

/* A follower of one prefix. It says PING so often that it does not lapse, as long as somebody
 * listens to it. */
struct ear {
    void *socket;
    const char *prefix;
    int64_t pinged_ms;
};

static struct ear connect_ear(struct bed *bed, const struct certificate *own, const char *prefix)
{
    return (struct ear){.socket = bed_connect(bed, ZMQ_DEALER, own, PORT_SUBSCRIBE),
                        .prefix = prefix,
                        .pinged_ms = clock_monotonic_ms()};
}

static void say(void *socket, enum feed_word word, const char *prefix)
{
    zmq_msg_t frame;

    feed_write(&frame, word, prefix, strlen(prefix), NULL, 0);
    assert_int_not_equal(zmq_msg_send(&frame, socket, ZMQ_DONTWAIT), -1);
}

/* The next message that is no PONG, taken apart; the frames are the caller's to clear. */
static bool hear(struct bed *bed, struct ear *ear, int64_t wait_ms, struct frames *frames,
                 struct feed_message *ret)
{
    int64_t end_ms = clock_monotonic_ms() + wait_ms;

    do {
        if (clock_monotonic_ms() - ear->pinged_ms >= FEED_PING_MS) {
            say(ear->socket, FEED_PING, "");
            ear->pinged_ms = clock_monotonic_ms();
        }
        if (!bed_receive(bed, ear->socket, wait_ms < 100 ? wait_ms : 100, frames))
            continue;
        assert_int_equal(frames->count, 1);
        assert_true(feed_read(frames_data(frames, 0), frames_size(frames, 0), ret));
        if (ret->word != FEED_PONG)
            return true;
        frames_clear(frames);
    } while (clock_monotonic_ms() < end_ms);
    return false;
}

/* What the broker says to a FOLLOW of this ear's prefix. */
static enum feed_word ask_to_follow(struct bed *bed, struct ear *ear)
{
    struct frames frames = {0};
    struct feed_message message = {0};

    say(ear->socket, FEED_FOLLOW, ear->prefix);
    do {
        frames_clear(&frames);
        assert_true(hear(bed, ear, WAIT_MS, &frames, &message));
    } while (message.word == FEED_PUBLISHED);
    assert_int_equal(message.topic_size, strlen(ear->prefix));
    assert_memory_equal(message.topic, ear->prefix, message.topic_size);
    frames_clear(&frames);
    return message.word;
}

static struct ear follow(struct bed *bed, const struct certificate *own, const char *prefix)
{
    struct ear ear = connect_ear(bed, own, prefix);

    assert_int_equal(ask_to_follow(bed, &ear), FEED_FOLLOWED);
    return ear;
}

static void assert_refused(struct bed *bed, const struct certificate *own, const char *prefix)
{
    struct ear ear = connect_ear(bed, own, prefix);

    assert_int_equal(ask_to_follow(bed, &ear), FEED_REFUSED);
    zmq_close(ear.socket);
}

static void publish(void *publisher, const char *topic)
{
    zmq_msg_t frame;

    feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), "event", 5);
    zmq_msg_send(&frame, publisher, ZMQ_DONTWAIT);
}

static bool is_topic(const struct feed_message *message, const char *topic)
{
    return message->word == FEED_PUBLISHED && message->topic_size == strlen(topic) &&
           memcmp(message->topic, topic, message->topic_size) == 0;
}

/* Until the broker asks this publisher for the prefix: before that nothing is sent. */
static void await_subscription(struct bed *bed, void *publisher, const char *prefix)
{
    struct frames frames = {0};
    bool asked = false;

    while (!asked) {
        assert_true(bed_receive(bed, publisher, WAIT_MS, &frames));
        asked = frames_size(&frames, 0) == 1 + strlen(prefix) &&
                memcmp((const char *)frames_data(&frames, 0) + 1, prefix, strlen(prefix)) == 0;
        frames_clear(&frames);
    }
}

static void survives_noise_on_the_event_side(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX + 1];
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    void *follower = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_SUBSCRIBE);
    struct ear all = follow(bed, &bed->registry, "");
    long limited = bed_metric("jusha_broker_followers_limited_total");
    long refused = bed_metric("jusha_broker_events_refused_total");
    long frames_too_many = bed_metric("jusha_broker_too_many_frames_total");
    struct frames frames = {0};

    await_subscription(bed, publisher, "");
    for (uint32_t i = 0; i < 2000; i++) {
        bed_fill(bytes, i % 300, i);
        frames_add(&frames, bytes, i % 300);
        if (i % 4 == 0)
            frames_add(&frames, "", 0);
        frames_send(publisher, &frames);
        zmq_send(follower, bytes, i % 300, ZMQ_DONTWAIT | (i % 5 == 0 ? ZMQ_SNDMORE : 0));
    }
    wait_metric(bed, "jusha_broker_events_refused_total", refused + 500);
    wait_metric(bed, "jusha_broker_too_many_frames_total", frames_too_many + 200);
    wait_metric(bed, "jusha_broker_followers_limited_total", limited + 500);
    zmq_send(publisher, bytes, sizeof bytes, ZMQ_DONTWAIT);
    zmq_send(follower, bytes, sizeof bytes, ZMQ_DONTWAIT);
    assert_echo_serves(bed);
    zmq_close(publisher);
    zmq_close(follower);
    zmq_close(all.socket);
}

/* Publishes until the follower has it, and says whether anything else came before. */
static void assert_hears_only(struct bed *bed, void *publisher, struct ear *ear, const char *topic)
{
    struct frames frames = {0};
    struct feed_message message = {0};

    for (int i = 0; i < 200; i++) {
        publish(publisher, topic);
        if (!hear(bed, ear, 100, &frames, &message))
            continue;
        assert_true(is_topic(&message, topic));
        frames_clear(&frames);
        return;
    }
    fail_msg("%s never came", topic);
}

static void tells_events_only_to_whom_they_are_granted(void **state)
{
    struct bed *bed = *state;
    long refused = bed_metric("jusha_broker_follows_refused_total");
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear granted = follow(bed, &bed->office, "xiasha/");
    struct ear all = follow(bed, &bed->registry, "");

    assert_refused(bed, &bed->office, "");
    assert_refused(bed, &bed->office, "yanlan/");
    assert_refused(bed, &bed->office, "!registry/xiasha");
    wait_metric(bed, "jusha_broker_follows_refused_total", refused + 3);
    assert_hears_only(bed, publisher, &granted, "xiasha/registry/UnitRegistered");
    assert_hears_only(bed, publisher, &all, "xiasha/registry/UnitRegistered");
    zmq_close(granted.socket);
    zmq_close(all.socket);
    zmq_close(publisher);
}

/* What made the event port of before give one peer another's subscription: a claimed routing id,
 * and messages that are no subscriptions, while others follow. */
static void gives_nobody_what_another_follows(void **state)
{
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear granted = follow(bed, &bed->office, "xiasha/");
    struct ear thieves[8];
    struct frames frames = {0};
    struct feed_message message = {0};
    struct certificate thief;

    assert_int_equal(
        certificate_create(bed->folder, "thief", BUS__ROLE__ROLE_INTEGRATOR, "yanlan", &thief),
        STATUS_OK);
    for (uint32_t i = 0; i < 8; i++) {
        thieves[i] = connect_ear(bed, &thief, "xiasha/");
        say(thieves[i].socket, FEED_UNFOLLOW, "xiasha/");
        assert_true(hear(bed, &thieves[i], WAIT_MS, &frames, &message));
        assert_int_equal(message.word, FEED_UNFOLLOWED);
        frames_clear(&frames);
    }
    assert_hears_only(bed, publisher, &granted, "xiasha/registry/UnitRegistered");
    for (uint32_t i = 0; i < 8; i++) {
        assert_false(hear(bed, &thieves[i], 0, &frames, &message));
        zmq_close(thieves[i].socket);
    }
    zmq_close(granted.socket);
    zmq_close(publisher);
}

/* A DEALER that claims a routing id and lets so many messages wait on its side. */
static struct ear connect_odd(struct bed *bed, const struct certificate *own, const char *prefix,
                              const uint8_t id[static 5], int hwm)
{
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port()};
    struct ear ear = {.socket = zmq_socket(bed->context, ZMQ_DEALER),
                      .prefix = prefix,
                      .pinged_ms = clock_monotonic_ms()};
    char endpoint[300];

    zmq_setsockopt(ear.socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(ear.socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
    zmq_setsockopt(ear.socket, ZMQ_ROUTING_ID, id, 5);
    certificate_connect(ear.socket, own, bed->broker_key.public_key);
    ports_endpoint(&address, PORT_SUBSCRIBE, endpoint, sizeof endpoint);
    assert_int_equal(zmq_connect(ear.socket, endpoint), 0);
    return ear;
}

/* Claims every routing id that libzmq may have given, or will: a ROUTER that takes claims for true
 * dies of it, or gives a connection away. */
static void numbers_followers_itself(void **state)
{
    enum { CLAIMERS = 8 }; /* as many as a certificate may bring at once */
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear before = follow(bed, &bed->office, "xiasha/"), claimers[CLAIMERS];

    for (uint32_t i = 0; i < CLAIMERS; i++) {
        uint32_t number = htonl(0x6b8b4567 + i); /* of an unseeded rand() */
        uint8_t id[5] = {0};

        memcpy(id + 1, &number, sizeof number);
        claimers[i] = connect_odd(bed, &bed->office, "xiasha/echo/", id, 1000);
    }
    for (uint32_t i = 0; i < CLAIMERS; i++)
        assert_int_equal(ask_to_follow(bed, &claimers[i]), FEED_FOLLOWED);
    assert_hears_only(bed, publisher, &before, "xiasha/registry/X");
    for (uint32_t i = 0; i < CLAIMERS; i++)
        zmq_close(claimers[i].socket);
    zmq_close(before.socket);
    zmq_close(publisher);
}

static void asks_publishers_for_no_more_than_somebody_may_hear(void **state)
{
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear office = follow(bed, &bed->office, "xiasha/selection/Need");
    struct frames frames = {0};

    assert_refused(bed, &bed->office, "chaoming/");
    await_subscription(bed, publisher, "xiasha/");
    while (bed_receive(bed, publisher, 0, &frames)) {
        assert_false(frames_equal(&frames, 0,
                                  "\x01"
                                  "chaoming/",
                                  10));
        frames_clear(&frames);
    }
    zmq_close(office.socket);
    zmq_close(publisher);
}

static void passes_no_publication_in_another_s_name(void **state)
{
    static const char *const forged[] = {"xiasha/registry/UnitRegistered", "!registry/xiasha",
                                         "xiasha/office/Thing", "xiasha", ""};
    struct bed *bed = *state;
    long refused = bed_metric("jusha_broker_events_refused_total");
    struct certificate poet;

    assert_int_equal(
        certificate_create(bed->folder, "poet", BUS__ROLE__ROLE_WORKER, "xiasha", &poet),
        STATUS_OK);
    void *forgers[] = {bed_connect(bed, ZMQ_XPUB, &poet, PORT_PUBLISH),
                       bed_connect(bed, ZMQ_XPUB, &bed->echo, PORT_PUBLISH)};
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear all = follow(bed, &bed->registry, "");
    struct frames frames = {0};
    struct feed_message message = {0};

    assert_hears_only(bed, publisher, &all, "xiasha/registry/First");
    while (hear(bed, &all, 0, &frames, &message))
        frames_clear(&frames);
    for (size_t who = 0; who < 2; who++) {
        assert_true(bed_receive(bed, forgers[who], WAIT_MS, &frames)); /* it is connected */
        frames_clear(&frames);
        for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
            publish(forgers[who], forged[i]);
    }
    wait_metric(bed, "jusha_broker_events_refused_total", refused + 10);
    /* Stragglers of the first topic may still be under way, forged ones may not. */
    for (bool last = false; !last;) {
        publish(publisher, "xiasha/registry/Last");
        assert_true(hear(bed, &all, WAIT_MS, &frames, &message));
        last = is_topic(&message, "xiasha/registry/Last");
        assert_true(last || is_topic(&message, "xiasha/registry/First"));
        frames_clear(&frames);
    }
    for (size_t who = 0; who < 2; who++)
        zmq_close(forgers[who]);
    zmq_close(publisher);
    zmq_close(all.socket);
}

static void tells_who_follows_by_a_certificate_that_is_taken_away(void **state)
{
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct frames frames = {0};
    struct feed_message message = {0};
    struct certificate leaver;
    char path[64];

    assert_int_equal(
        certificate_create(bed->folder, "leaver", BUS__ROLE__ROLE_INTEGRATOR, "xiasha", &leaver),
        STATUS_OK);
    struct ear gone = follow(bed, &leaver, "xiasha/"), stays = follow(bed, &bed->office, "xiasha/");
    assert_hears_only(bed, publisher, &gone, "xiasha/registry/Before");
    snprintf(path, sizeof path, "%s/leaver.key", bed->folder);
    assert_int_equal(unlink(path), 0);
    do {
        frames_clear(&frames);
        assert_true(hear(bed, &gone, WAIT_MS, &frames, &message));
    } while (message.word == FEED_PUBLISHED);
    assert_int_equal(message.word, FEED_REFUSED);
    Bus__ReplyHeader *header = bus__reply_header__unpack(NULL, message.body_size, message.body);
    assert_non_null(header);
    assert_int_equal(header->code, TYPE__CODE__CODE_UNAUTHENTICATED);
    bus__reply_header__free_unpacked(header, NULL);
    frames_clear(&frames);
    wait_metric(bed, "jusha_broker_followers_revoked_total", 1);
    while (hear(bed, &stays, 0, &frames, &message))
        frames_clear(&frames);
    assert_hears_only(bed, publisher, &stays, "xiasha/registry/After"); /* the port stayed open */
    while (hear(bed, &gone, 0, &frames, &message)) {
        assert_int_equal(message.word, FEED_REFUSED); /* of its PINGs */
        frames_clear(&frames);
    }
    zmq_close(gone.socket);
    zmq_close(stays.socket);
    zmq_close(publisher);
}

static int lag_of(const struct feed_message *message)
{
    char number[24];

    snprintf(number, sizeof number, "%.*s", (int)message->body_size, (const char *)message->body);
    return (int)strtol(number, NULL, 10);
}

/* Large events for one that reads and one that does not: the second loses, is told how many, and
 * what waits for it stays within its budget. */
static void loses_events_for_who_does_not_read_and_tells_it(void **state)
{
    enum { EVENT = 100 * 1024, EVENTS = 200 };
    static uint8_t large[EVENT];
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct ear reads = follow(bed, &bed->office, "xiasha/"),
               sleeps = connect_odd(bed, &bed->registry, "xiasha/", (uint8_t[5]){1}, 1);
    struct frames frames = {0};
    struct feed_message message = {0};
    int heard = 0, told = 0;

    assert_int_equal(ask_to_follow(bed, &sleeps), FEED_FOLLOWED);
    await_subscription(bed, publisher, "xiasha/");
    for (int i = 0; i < EVENTS; i++) {
        zmq_msg_t frame;

        feed_write(&frame, FEED_PUBLISHED, "xiasha/registry/Large", 21, large, sizeof large);
        assert_int_not_equal(zmq_msg_send(&frame, publisher, ZMQ_DONTWAIT), -1);
        assert_true(hear(bed, &reads, WAIT_MS, &frames, &message));
        assert_true(is_topic(&message, "xiasha/registry/Large"));
        frames_clear(&frames);
        assert_true(bed_metric("jusha_broker_events_held_bytes") < 3 * 1048576L);
    }
    while (heard + told < EVENTS) {
        assert_true(hear(bed, &sleeps, WAIT_MS, &frames, &message));
        heard += message.word == FEED_PUBLISHED;
        if (message.word == FEED_LAGGED)
            told += lag_of(&message);
        frames_clear(&frames);
    }
    assert_int_equal(heard + told, EVENTS);
    assert_true(told > 0);
    zmq_close(reads.socket);
    zmq_close(sleeps.socket);
    zmq_close(publisher);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_noise_on_the_event_side),
        cmocka_unit_test(tells_events_only_to_whom_they_are_granted),
        cmocka_unit_test(gives_nobody_what_another_follows),
        cmocka_unit_test(numbers_followers_itself),
        cmocka_unit_test(asks_publishers_for_no_more_than_somebody_may_hear),
        cmocka_unit_test(passes_no_publication_in_another_s_name),
        cmocka_unit_test(tells_who_follows_by_a_certificate_that_is_taken_away),
        cmocka_unit_test(loses_events_for_who_does_not_read_and_tells_it),
    };

    if (argc != 2)
        return 2;
    bed_program = argv[1];
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
