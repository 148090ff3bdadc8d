/* SPDX-License-Identifier: Apache-2.0 */
/* test_broker_keys.c - a file of one key or two, as it changes, and links that go by it */
#include "bed.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/broker_keys.h"
#include "libcommon/bus/link.h"

static struct certificate a, b;
static char path[80];

static int up(void **state)
{
    if (bed_up(state) != 0)
        return -1;
    struct bed *bed = *state;

    peer_up(bed, 0);
    snprintf(path, sizeof path, "%s/known.key", bed->folder);
    a = b = bed->broker;
    certificate_new_pair(&a);
    certificate_new_pair(&b);
    return 0;
}

/* NULL: none. */
static void write_keys(struct bed *bed, const char *present, const char *next, const char *last,
                       const char *last_until)
{
    struct certificate file = bed->broker;

    memset(file.secret_key, 0, sizeof file.secret_key);
    snprintf(file.public_key, sizeof file.public_key, "%s", present);
    snprintf(file.next_key, sizeof file.next_key, "%s", next ? next : "");
    snprintf(file.last_key, sizeof file.last_key, "%s", last ? last : "");
    snprintf(file.last_until, sizeof file.last_until, "%s", last ? last_until : "");
    assert_int_equal(certificate_replace(bed->folder, "known.key", &file), STATUS_OK);
}

static void assert_key(struct broker_keys *keys, unsigned try, const char *expected)
{
    char key[CURVE_TEXT + 1];

    broker_keys_pick(keys, try, key);
    assert_text(key, expected);
}

static void reads_the_file_again_when_it_changed(void **state)
{
    struct bed *bed = *state;

    write_keys(bed, a.public_key, NULL, NULL, NULL);
    struct broker_keys *keys = broker_keys_open(bed->memory, path);

    assert_non_null(keys);
    assert_int_equal(broker_keys_count(keys), 1);
    assert_key(keys, 1, a.public_key);
    write_keys(bed, a.public_key, b.public_key, NULL, NULL);
    assert_int_equal(broker_keys_count(keys), 2);
    assert_key(keys, 0, a.public_key);
    assert_key(keys, 1, b.public_key);
    assert_key(keys, 2, a.public_key);
    write_keys(bed, b.public_key, NULL, a.public_key, "2199-12-31");
    assert_key(keys, 0, b.public_key);
    assert_key(keys, 1, a.public_key);
    write_keys(bed, b.public_key, NULL, a.public_key, "2020-12-31"); /* its days are over */
    assert_int_equal(broker_keys_count(keys), 1);
    assert_key(keys, 1, b.public_key);
}

static void keeps_its_keys_while_the_file_cannot_be_read(void **state)
{
    struct bed *bed = *state;

    write_keys(bed, a.public_key, b.public_key, NULL, NULL);
    struct broker_keys *keys = broker_keys_open(bed->memory, path);
    FILE *file = fopen(path, "w"); /* as cp leaves it for a moment */

    assert_non_null(file);
    fclose(file);
    assert_int_equal(broker_keys_count(keys), 2);
    assert_int_equal(remove(path), 0);
    assert_key(keys, 1, b.public_key);
    assert_null(broker_keys_open(bed->memory, path));
    write_keys(bed, b.public_key, NULL, NULL, NULL);
    assert_key(keys, 0, b.public_key);
}

static struct link *open_link(struct bed *bed, struct broker_keys *keys)
{
    struct broker_address broker = {.host = "127.0.0.1", .port = bed->peer[0].port};

    return link_new(bed->memory,
                    &(struct link_options){.zmq_context = bed->context,
                                           .type = ZMQ_DEALER,
                                           .own = &bed->caller,
                                           .broker_keys = keys},
                    &broker, PORT_CLIENT);
}

static bool comes_up(struct link *link, int ms)
{
    int64_t until_ms = clock_monotonic_ms() + ms;

    while (!link_is_up(link) && clock_monotonic_ms() < until_ms) {
        zmq_pollitem_t items[LINK_POLL_MAX];
        long wait_ms = 100;

        zmq_poll(items, (int)link_poll(link, items, &wait_ms), wait_ms);
        link_keep(link, clock_monotonic_ms());
    }
    return link_is_up(link);
}

static void finds_a_broker_of_either_key(void **state)
{
    struct bed *bed = *state;
    const char *const has[] = {bed->broker.public_key, a.public_key};

    for (int i = 0; i < 2; i++) {
        write_keys(bed, has[i], has[!i], NULL, NULL);
        struct link *link = open_link(bed, broker_keys_open(bed->memory, path));

        assert_true(comes_up(link, WAIT_MS));
        talloc_free(link);
    }
}

/* As who was not given the file in time; he is not started again. */
static void finds_a_broker_by_a_key_that_came_later(void **state)
{
    struct bed *bed = *state;

    write_keys(bed, a.public_key, NULL, NULL, NULL);
    struct link *link = open_link(bed, broker_keys_open(bed->memory, path));

    assert_false(comes_up(link, 500));
    write_keys(bed, bed->broker.public_key, NULL, a.public_key, "2199-12-31");
    assert_true(comes_up(link, WAIT_MS));
    talloc_free(link);
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, up, bed_down)
    const struct CMUnitTest tests[] = {
        on_bed(reads_the_file_again_when_it_changed),
        on_bed(keeps_its_keys_while_the_file_cannot_be_read),
        on_bed(finds_a_broker_of_either_key),
        on_bed(finds_a_broker_by_a_key_that_came_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
