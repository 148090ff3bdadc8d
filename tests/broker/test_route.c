/* SPDX-License-Identifier: Apache-2.0 */
/* test_route.c - who gets a request: dedicated or pool, affinity, credit, turns, kinds of
 * service */
#include <string.h>

#include "libcommon/bus/mdp.h"
#include "tests/broker/story.h"
#include "tests/work.h"

static void gives_more_of_a_street_to_the_worker_that_has_it(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ready(story, "w2", "registry", "8");
    ask_street(story, 1, "registry@xiasha");
    assert_int_equal(holds(story, "w2"), 1); /* it had most credit */
    ready(story, "w1", "registry", "32");
    ask_street(story, 2, "registry@xiasha");
    assert_int_equal(holds(story, "w2"), 2);
    ask_street(story, 3, "registry@yanlan");
    assert_int_equal(holds(story, "w1"), 1);
    finish(story, "w2");
    finish(story, "w2");
    ask_street(story, 4, "registry@xiasha"); /* nothing of xiasha is anywhere now */
    assert_int_equal(holds(story, "w1"), 2);
}

static void spills_over_when_the_street_s_worker_is_full(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    ready(story, "w2", "registry", "1");
    ask_street(story, 2, "registry@xiasha");
    assert_int_equal(held_by(story, "w1", 0), 1);
    assert_int_equal(held_by(story, "w2", 0), 2);
}

static void lets_streets_take_turns(void **state)
{
    struct story *story = *state;
    static const int order[] = {2, 5, 3, 4};

    ready(story, "w1", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    ask_street(story, 2, "registry@xiasha");
    ask_street(story, 3, "registry@xiasha");
    ask_street(story, 4, "registry@xiasha");
    ask_street(story, 5, "registry@yanlan"); /* last to come, second to go */
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        finish(story, "w1");
        assert_int_equal(held_by(story, "w1", 0), order[i]);
    }
}

static void prefers_dedicated_workers_and_falls_back_to_the_pool(void **state)
{
    struct story *story = *state;

    ready(story, "pool", "registry", "1");
    ready(story, "own", "registry@xiasha", "1");
    ask_street(story, 1, "registry@xiasha");
    assert_int_equal(holds(story, "own"), 1);
    ask_street(story, 2, "registry@xiasha"); /* waits for its own, the pool is not asked */
    assert_int_equal(holds(story, "pool"), 0);
    ready(story, "own", "registry@xiasha", "0"); /* withdraws */
    assert_int_equal(held_by(story, "pool", 0), 2);
    ready(story, "own", "registry@xiasha", "2");
    ask_street(story, 3, "registry@xiasha");
    assert_int_equal(held_by(story, "own", 1), 3);
}

/* One credit for both: they take turns with it, and each finds the pool when it is gone. */
static void serves_several_streets_with_one_credit(void **state)
{
    struct story *story = *state;
    static const int order[] = {2, 4, 3, 5};

    ready(story, "pool", "registry", "1");
    ready_for(story, "own", "registry", "1", "xiasha yanlan");
    for (int i = 1; i <= 3; i++)
        ask_street(story, i, "registry@xiasha");
    for (int i = 4; i <= 6; i++)
        ask_street(story, i, "registry@yanlan");
    assert_int_equal(held_by(story, "own", 0), 1);
    assert_int_equal(holds(story, "pool"), 0);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        finish(story, "own");
        assert_int_equal(held_by(story, "own", 0), order[i]);
    }
    worker_says(story, "own", "registry", MDP_WORKER_DISCONNECT);
    assert_int_equal(holds(story, "pool"), 1);
    ready_for(story, "back", "registry", "4", "yanlan xiasha");
    assert_int_equal(holds(story, "back"), 1);
}

static void refuses_a_list_of_streets_that_is_none(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "xiasha ",
                                      " xiasha",
                                      "xiasha  yanlan",
                                      "Xiasha",
                                      "xiasha,yanlan",
                                      "xiasha xiasha",
                                      "*",
                                      "x"};
    struct story *story = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ready_for(story, "w1", "registry", "1", bad[i]);
        assert_int_equal(broker_counters(story->broker)->workers_refused, i + 1);
    }
    uint64_t refused = broker_counters(story->broker)->workers_refused;
    ready_for(story, "w1", "registry@xiasha", "1", "yanlan");
    assert_int_equal(broker_counters(story->broker)->workers_refused, refused + 1);
}

static void lets_a_weighted_street_send_more_in_its_turn(void **state)
{
    struct story *story = *state;
    static const int order[] = {2, 3, 4, 5, 6};

    ready(story, "w1", "registry", "1");
    for (int i = 1; i <= 4; i++)
        ask_street(story, i, "registry@hangfu");
    ask_street(story, 5, "registry@yanlan");
    ask_street(story, 6, "registry@yanlan");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        finish(story, "w1");
        assert_int_equal(held_by(story, "w1", 0), order[i]);
    }
}

static void knows_what_weights_are(void **state)
{
    static const char *const good[] = {"", "xiasha=1", "xiasha=100 yanlan=2"};
    static const char *const bad[] = {
        " ",         "xiasha",     "xiasha=",           "xiasha=0", "xiasha=101",
        "=4",        "xiasha=4 ",  "xiasha=4,yanlan=2", "x=1",      "xiasha=-1",
        "xiasha=4x", "xiasha = 4", "xiasha=4  yanlan=2"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(weights_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(weights_valid(bad[i]));
}

static void lets_a_withdrawn_worker_finish(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "2");
    ask_street(story, 1, "registry@xiasha");
    ready(story, "w1", "registry", "0");
    ask_street(story, 2, "registry@xiasha");
    assert_int_equal(holds(story, "w1"), 1);
    finish(story, "w1");
    assert_reply(story, "c", STATUS_OK, NULL);
    assert_int_equal(holds(story, "w1"), 0);
    ready(story, "w1", "registry", "2");
    assert_int_equal(held_by(story, "w1", 0), 2);
}

static void never_sends_more_than_the_credit(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "2");
    for (int i = 1; i <= 4; i++)
        ask_street(story, i, "registry@xiasha");
    assert_int_equal(holds(story, "w1"), 2);
    finish(story, "w1");
    assert_int_equal(holds(story, "w1"), 2);
    assert_int_equal(broker_load(story->broker).queued, 1);
}

static void refuses_a_credit_that_is_no_number_from_0_to_1024(void **state)
{
    static const char *const bad[] = {"", "-1", "+1", "1025", "99999", "01", "1 ", "0x1", "x"};
    static const char *const good[] = {"0", "1", "1024"};
    struct story *story = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ready(story, "w1", "registry", bad[i]);
        assert_int_equal(messages_to(story, PORT_WORKER, "w1", 0x06), 1);
        assert_int_equal(broker_load(story->broker).workers, 0);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ready(story, "w1", "registry", good[i]);
        assert_int_equal(messages_to(story, PORT_WORKER, "w1", 0x06), 0);
        assert_int_equal(broker_load(story->broker).workers, 1);
    }
}

static void refuses_plain_workers_beside_workers_with_credit(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ready(story, "w2", "registry", NULL);
    assert_int_equal(messages_to(story, PORT_WORKER, "w2", 0x06), 1);
    assert_int_equal(broker_load(story->broker).workers, 1);
}

static void throws_out_a_worker_that_registers_for_another_name(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    ready(story, "w1", "registry@xiasha", "4");
    assert_int_equal(messages_to(story, PORT_WORKER, "w1", 0x06), 1);
    assert_int_equal(broker_load(story->broker).workers, 0);
    assert_int_equal(broker_load(story->broker).queued, 1); /* what it had waits for another */
}

static void passes_a_foreign_body_on_unread(void **state)
{
    struct story *story = *state;

    ready(story, "p1", "echo", NULL);
    ask(story, 0, (struct ask){.to = "echo", .as = "volunteer", .plain = "\xff not protobuf"});
    assert_int_equal(holds(story, "p1"), 1);
    ask(story, 0, (struct ask){.to = "echo", .as = "volunteer", .plain = "waits: one at a time"});
    assert_int_equal(holds(story, "p1"), 1);
    finish(story, "p1");
    assert_reply(story, "c", STATUS_OK, NULL);
    ask(story, 0, (struct ask){.to = "echo@yanlan", .as = "volunteer", .plain = "x"});
    assert_reply(story, "c", STATUS_PERMISSION_DENIED, "granted"); /* the street still counts */
}

static void judges_what_waited_for_a_strange_service_when_it_comes(void **state)
{
    struct story *story = *state;

    ask(story, 1, (struct ask){.to = "registry", .as = "office"});
    ask(story, 2, (struct ask){.from = "d", .to = "registry@xiasha"});
    assert_no_reply(story);
    ready(story, "w1", "registry", "4");
    assert_reply(story, "c", STATUS_PERMISSION_DENIED, "granted"); /* no street in the name */
    assert_int_equal(holds(story, "w1"), 1);
    assert_int_equal(held_by(story, "w1", 0), 2);
}

static void assert_carries(struct story *story, const char *worker, const char *payload,
                           size_t size)
{
    enum { DELIVERY = 3 }; /* behind routing id, protocol and command */
    struct frames *sent = message_to(story, PORT_WORKER, worker, MDP_WORKER_REQUEST);

    assert_int_equal(sent->count, DELIVERY + 1);
    const Bus__Delivery *work = work_read(story->memory, sent, DELIVERY);
    assert_non_null(work);
    assert_int_equal(work->payload.len, size);
    assert_memory_equal(work->payload.data, payload, size);
    assert_in_range(frames_size(sent, DELIVERY), size, size + 512);
}

static void sends_the_whole_body_again(void **state)
{
    struct story *story = *state;
    static char large[MESSAGE_BYTES_MAX];

    ready(story, "w1", "registry", "4");
    ask(story, 1, (struct ask){.payload = large, .payload_size = sizeof large});
    assert_carries(story, "w1", large, sizeof large);
    happens(story, BROKER_TICK);
    ready(story, "w2", "registry", "4");
    worker_says(story, "w1", "registry", 0x06);
    assert_carries(story, "w2", large, sizeof large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(gives_more_of_a_street_to_the_worker_that_has_it),
        story_test(spills_over_when_the_street_s_worker_is_full),
        story_test(lets_streets_take_turns),
        story_test(prefers_dedicated_workers_and_falls_back_to_the_pool),
        story_test(serves_several_streets_with_one_credit),
        story_test(refuses_a_list_of_streets_that_is_none),
        story_test(lets_a_weighted_street_send_more_in_its_turn),
        story_test(knows_what_weights_are),
        story_test(lets_a_withdrawn_worker_finish),
        story_test(never_sends_more_than_the_credit),
        story_test(refuses_a_credit_that_is_no_number_from_0_to_1024),
        story_test(refuses_plain_workers_beside_workers_with_credit),
        story_test(throws_out_a_worker_that_registers_for_another_name),
        story_test(passes_a_foreign_body_on_unread),
        story_test(judges_what_waited_for_a_strange_service_when_it_comes),
        story_test(sends_the_whole_body_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
