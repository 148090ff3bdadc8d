/* SPDX-License-Identifier: Apache-2.0 */
/* test_zap.c - who may connect, as the folder of certificates changes */
#include "bed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/bus/revoked.h"

static const char *at_port(int offset)
{
    static char endpoint[32];

    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", bed_port(offset));
    return endpoint;
}

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    peer_up(*state, 0);
    return 0;
}

static void *connect_as(struct bed *bed, const struct certificate *who)
{
    void *socket = zmq_socket(bed->context, ZMQ_DEALER);

    certificate_connect(socket, who, bed->broker.public_key);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    assert_int_equal(zmq_connect(socket, at_port(PORT_PEERS)), 0);
    return socket;
}

/* Sends one message and returns it as the peer got it; false if it did not come within wait_ms. */
static bool deliver(struct bed *bed, void *socket, int wait_ms, struct frames *ret)
{
    zmq_pollitem_t item = {.socket = bed->peer[0].router, .events = ZMQ_POLLIN};

    zmq_send(socket, "hello", 5, ZMQ_DONTWAIT);
    return zmq_poll(&item, 1, wait_ms) == 1 && frames_recv(bed->peer[0].router, ret);
}

/* Waits until zap_caller says of this frame what is expected. */
static void wait_caller(struct bed *bed, zmq_msg_t *frame, Bus__Role role)
{
    int64_t until = clock_monotonic_ms() + 3000; /* 2 s and some patience */
    struct certificate caller;
    Bus__Role found;

    do {
        found = zap_caller(bed->zap, frame, &caller) ? caller.role : BUS__ROLE__ROLE_UNSPECIFIED;
        assert_true(found == role || clock_monotonic_ms() < until);
        usleep(10000);
    } while (found != role);
}

static void move_file(struct bed *bed, const char *from, const char *to)
{
    char source[100], target[100];

    snprintf(source, sizeof source, "%s/%s", bed->folder, from);
    snprintf(target, sizeof target, "%s/%s", bed->folder, to);
    assert_int_equal(rename(source, target), 0);
}

static void knows_who_sent_a_frame(void **state)
{
    struct bed *bed = *state;
    void *socket = connect_as(bed, &bed->caller);
    struct certificate caller;
    struct frames frames;
    zmq_msg_t other;

    assert_true(deliver(bed, socket, WAIT_MS, &frames));
    assert_true(zap_caller(bed->zap, &frames.frame[1], &caller));
    assert_text(caller.name, "caller");
    assert_int_equal(caller.role, BUS__ROLE__ROLE_STREET_STAFF);
    assert_text(caller.streets, "xiasha");
    assert_text(caller.public_key, bed->caller.public_key);
    assert_text(caller.secret_key, "");
    zmq_msg_init_size(&other, 3);
    assert_false(zap_caller(bed->zap, &other, &caller)); /* came from no connection */
    zmq_msg_close(&other);
    frames_clear(&frames);
    zmq_close(socket);
}

/* The peer is told why by its monitor: refused, and not merely silent. */
static void assert_stranger_is_refused(struct bed *bed)
{
    void *socket = zmq_socket(bed->context, ZMQ_DEALER),
         *monitor = zmq_socket(bed->context, ZMQ_PAIR);
    struct certificate stranger = {0};
    static int count;
    char name[64];
    uint8_t event[6] = {0};

    zmq_curve_keypair(stranger.public_key, stranger.secret_key);
    certificate_connect(socket, &stranger, bed->broker.public_key);
    snprintf(name, sizeof name, "inproc://stranger.%d", count++);
    zmq_socket_monitor(socket, name,
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zmq_connect(monitor, name);
    zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &(int){5000}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    assert_int_equal(zmq_connect(socket, at_port(PORT_PEERS)), 0);
    assert_int_equal(zmq_recv(monitor, event, sizeof event, 0), sizeof event);
    assert_int_equal(event[0] | event[1] << 8, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
    zmq_close(socket);
}

static void refuses_an_unknown_key(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 3; i++) /* also while it may not read the folder again yet */
        assert_stranger_is_refused(bed);
}

static void refuses_plain_connections(void **state)
{
    static const int mechanisms[] = {ZMQ_NULL, ZMQ_PLAIN};
    struct bed *bed = *state;

    for (size_t i = 0; i < 2; i++) {
        void *socket = zmq_socket(bed->context, ZMQ_DEALER);
        struct frames frames;

        if (mechanisms[i] == ZMQ_PLAIN) {
            zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "caller", 6);
            zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "x", 1);
        }
        zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
        assert_int_equal(zmq_connect(socket, at_port(PORT_PEERS)), 0);
        assert_false(deliver(bed, socket, 300, &frames));
        zmq_close(socket);
    }
}

static void honours_an_added_file_on_its_first_connection(void **state)
{
    struct bed *bed = *state;
    struct certificate added, caller;
    struct frames frames;

    assert_int_equal(
        certificate_create(bed->folder, "late", BUS__ROLE__ROLE_SHOP, "yanlan", &added), STATUS_OK);
    int64_t start_ms = clock_monotonic_ms();
    void *socket = connect_as(bed, &added);

    assert_true(deliver(bed, socket, WAIT_MS, &frames));
    assert_true(clock_monotonic_ms() - start_ms < 1000); /* not by the round of each 2 s */
    assert_true(zap_caller(bed->zap, &frames.frame[1], &caller));
    assert_text(caller.name, "late");
    frames_clear(&frames);
    zmq_close(socket);
}

/* An unknown key just before makes the handler wait a second; the peer is not sent away
 * finally. */
static void honours_an_added_file_behind_a_stranger(void **state)
{
    struct bed *bed = *state;
    struct certificate added;
    struct frames frames;

    assert_stranger_is_refused(bed);
    assert_int_equal(
        certificate_create(bed->folder, "late", BUS__ROLE__ROLE_SHOP, "yanlan", &added), STATUS_OK);
    void *socket = connect_as(bed, &added);

    assert_true(deliver(bed, socket, 3000, &frames));
    frames_clear(&frames);
    zmq_close(socket);
}

static void a_removed_file_stops_its_owner(void **state)
{
    struct bed *bed = *state;
    void *standing = connect_as(bed, &bed->caller);
    struct frames frames, more;

    assert_true(deliver(bed, standing, WAIT_MS, &frames));
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    move_file(bed, "caller.key", "caller.gone");
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_UNSPECIFIED);
    void *fresh = connect_as(bed, &bed->caller);

    assert_false(deliver(bed, fresh, 500, &more));
    move_file(bed, "caller.gone", "caller.key");
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    frames_clear(&frames);
    zmq_close(fresh);
    zmq_close(standing);
}

/* The owner's public file, with another last day. */
static void rewrite(struct bed *bed, const char *file, const char *until)
{
    struct certificate public = bed->caller;

    memset(public.secret_key, 0, sizeof public.secret_key);
    snprintf(public.until, sizeof public.until, "%s", until);
    assert_int_equal(certificate_replace(bed->folder, file, &public), STATUS_OK);
}

static void an_end_that_is_over_stops_its_owner(void **state)
{
    struct bed *bed = *state;
    void *standing = connect_as(bed, &bed->caller);
    struct frames frames, more;

    rewrite(bed, "caller.key", "2199-12-31");
    assert_true(deliver(bed, standing, WAIT_MS, &frames));
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    unsigned before = zap_revocations(bed->zap);

    rewrite(bed, "caller.key", "2020-12-31");
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_UNSPECIFIED);
    assert_true(zap_revocations(bed->zap) > before);
    void *fresh = connect_as(bed, &bed->caller);

    assert_false(deliver(bed, fresh, 500, &more));
    rewrite(bed, "caller.key", "");
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    frames_clear(&frames);
    zmq_close(fresh);
    zmq_close(standing);
}

static void a_revoked_key_stops_its_owner_though_its_file_is_there(void **state)
{
    struct bed *bed = *state;
    void *standing = connect_as(bed, &bed->caller);
    struct frames frames, more;

    assert_true(deliver(bed, standing, WAIT_MS, &frames));
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    assert_true(revoked_add(bed->folder, &bed->caller, 1, "2027-01-01"));
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_UNSPECIFIED);
    rewrite(bed, "copied-back.key", "");
    void *fresh = connect_as(bed, &bed->caller);

    assert_false(deliver(bed, fresh, 500, &more));
    frames_clear(&frames);
    zmq_close(fresh);
    zmq_close(standing);
}

/* As `jusha keys rotate` does it. */
static void a_rotation_lets_both_keys_in_and_cuts_nobody(void **state)
{
    struct bed *bed = *state;
    void *standing = connect_as(bed, &bed->caller);
    struct certificate next = bed->caller;
    struct frames frames, more;

    assert_true(deliver(bed, standing, WAIT_MS, &frames));
    unsigned before = zap_revocations(bed->zap);

    rewrite(bed, "caller.old.key", "2199-12-31");
    certificate_new_pair(&next);
    struct certificate public = next;

    memset(public.secret_key, 0, sizeof public.secret_key);
    assert_int_equal(certificate_replace(bed->folder, "caller.key", &public), STATUS_OK);
    void *renewed = connect_as(bed, &next);
    struct certificate who;

    assert_true(deliver(bed, renewed, WAIT_MS, &more));
    assert_true(zap_caller(bed->zap, &more.frame[1], &who));
    assert_text(who.name, "caller");
    assert_text(who.public_key, next.public_key);
    frames_clear(&more);
    void *former = connect_as(bed, &bed->caller);

    assert_true(deliver(bed, former, WAIT_MS, &more));
    assert_true(zap_caller(bed->zap, &frames.frame[1], &who)); /* the standing one */
    assert_int_equal(zap_revocations(bed->zap), before);
    frames_clear(&more);
    frames_clear(&frames);
    zmq_close(former);
    zmq_close(renewed);
    zmq_close(standing);
}

static void a_changed_file_counts_for_standing_connections(void **state)
{
    struct bed *bed = *state;
    void *socket = connect_as(bed, &bed->caller);
    char text[4096], path[100];
    struct frames frames;

    assert_true(deliver(bed, socket, WAIT_MS, &frames));
    snprintf(path, sizeof path, "%s/caller.key", bed->folder);
    FILE *file = fopen(path, "r+"); /* in place: same inode, and below the same size */

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    char *role = strstr(text, "STREET_STAFF");

    assert_non_null(role);
    memcpy(role, "UNIT_CONTACT", 12);
    rewind(file);
    fputs(text, file);
    fclose(file);
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_UNIT_CONTACT);
    frames_clear(&frames);
    zmq_close(socket);
}

static void refuses_both_of_two_files_with_one_key(void **state)
{
    struct bed *bed = *state;
    char command[200];
    void *standing = connect_as(bed, &bed->caller);
    struct frames frames, more;

    assert_true(deliver(bed, standing, WAIT_MS, &frames));
    snprintf(command, sizeof command, "sed 's/\"caller\"/\"twin\"/' %s/caller.key > %s/twin.key",
             bed->folder, bed->folder);
    assert_int_equal(system(command), 0);
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_UNSPECIFIED);
    void *fresh = connect_as(bed, &bed->caller);

    assert_false(deliver(bed, fresh, 500, &more));
    move_file(bed, "twin.key", "twin.gone");
    wait_caller(bed, &frames.frame[1], BUS__ROLE__ROLE_STREET_STAFF);
    frames_clear(&frames);
    zmq_close(fresh);
    zmq_close(standing);
}

static void goes_on_beside_damaged_files(void **state)
{
    struct bed *bed = *state;
    static const char *const broken[] = {"", "metadata\n    name = \"x\"\n", "\"\xff"};
    char path[100];

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        snprintf(path, sizeof path, "%s/broken%zu.key", bed->folder, i);
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(broken[i], file);
        fclose(file);
    }
    zap_destroy(&bed->zap);
    assert_null(bed->zap);
    bed->zap = zap_start(bed->context, bed->folder);
    assert_non_null(bed->zap);
    void *socket = connect_as(bed, &bed->caller);
    struct frames frames;

    assert_true(deliver(bed, socket, WAIT_MS, &frames));
    frames_clear(&frames);
    zmq_close(socket);
}

static void does_not_start_twice_or_without_a_folder(void **state)
{
    struct bed *bed = *state;
    void *context = zmq_ctx_new();

    assert_null(zap_start(bed->context, bed->folder));
    assert_null(zap_start(context, "/nonexistent/keys"));
    struct zap *zap = zap_start(context, bed->folder); /* a failed start leaves nothing behind */

    assert_non_null(zap);
    zap_destroy(&zap);
    zap_destroy(&zap); /* NULL is nothing to do */
    zmq_ctx_term(context);
}

struct looker {
    struct bed *bed;
    zmq_msg_t *frame;
    _Atomic bool stop;
    _Atomic uint64_t wrong;
};

static void *look_up_all_the_time(void *argument)
{
    struct looker *looker = argument;
    struct certificate caller;

    while (!looker->stop)
        looker->wrong += !zap_caller(looker->bed->zap, looker->frame, &caller) ||
                         strcmp(caller.name, "caller") != 0;
    return NULL;
}

/* The table is replaced again and again while it is used. */
static void is_looked_up_while_the_folder_changes(void **state)
{
    struct bed *bed = *state;
    void *socket = connect_as(bed, &bed->caller);
    struct frames frames;

    assert_true(deliver(bed, socket, WAIT_MS, &frames));
    struct looker looker = {.bed = bed, .frame = &frames.frame[1]};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, look_up_all_the_time, &looker), 0);
    int64_t until = clock_monotonic_ms() + 5000;
    struct certificate made, caller;
    char name[20];

    for (int i = 0; clock_monotonic_ms() < until; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(certificate_create(bed->folder, name, BUS__ROLE__ROLE_SHOP, "", &made),
                         STATUS_OK);
        usleep(20000);
    }
    looker.stop = true;
    pthread_join(thread, NULL);
    assert_int_equal(looker.wrong, 0);

    enum { LOOK_UPS = 200000 };
    int64_t start_ms = clock_monotonic_ms();

    for (int i = 0; i < LOOK_UPS; i++)
        assert_true(zap_caller(bed->zap, &frames.frame[1], &caller));
    int64_t ms = clock_monotonic_ms() - start_ms;

    print_message("zap_caller: %d ns\n", (int)(ms * 1000000 / LOOK_UPS));
    assert_true(ms < LOOK_UPS / 40); /* 40,000 a second would be busy with it */
    frames_clear(&frames);
    zmq_close(socket);
}

int main(void)
{
#define zap_test(function) cmocka_unit_test_setup_teardown(function, up, bed_down)
    const struct CMUnitTest tests[] = {
        zap_test(knows_who_sent_a_frame),
        zap_test(refuses_an_unknown_key),
        zap_test(refuses_plain_connections),
        zap_test(honours_an_added_file_on_its_first_connection),
        zap_test(honours_an_added_file_behind_a_stranger),
        zap_test(a_removed_file_stops_its_owner),
        zap_test(an_end_that_is_over_stops_its_owner),
        zap_test(a_revoked_key_stops_its_owner_though_its_file_is_there),
        zap_test(a_rotation_lets_both_keys_in_and_cuts_nobody),
        zap_test(a_changed_file_counts_for_standing_connections),
        zap_test(refuses_both_of_two_files_with_one_key),
        zap_test(goes_on_beside_damaged_files),
        zap_test(does_not_start_twice_or_without_a_folder),
        zap_test(is_looked_up_while_the_folder_changes),
    };
    return cmocka_run_group_tests_name("zap", tests, NULL, NULL);
}
