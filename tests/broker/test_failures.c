/* SPDX-License-Identifier: Apache-2.0 */
/* test_failures.c - deadlines, deaths, forged tickets, going down: what callers are told then */
#include <string.h>

#include "services/broker/route/mdp.h"
#include "tests/broker/story.h"
#include "tests/work.h"

static void tells_waiting_callers_why_when_their_time_is_up(void **state)
{
    struct story *story = *state;

    ask(story, 1, (struct ask){.to = "selection@xiasha", .timeout_ms = 9000});
    pass(story, 1900, NULL);
    assert_no_reply(story);
    pass(story, 200, NULL);
    assert_reply(story, "c", STATUS_UNAVAILABLE, "known");

    ready(story, "w1", "registry", "1");
    ask(story, 2, (struct ask){.from = "first", .timeout_ms = 5000});
    ask(story, 3, (struct ask){.from = "second", .timeout_ms = 500});
    pass(story, 600, BEATING("w1"));
    assert_reply(story, "second", STATUS_DEADLINE_EXCEEDED, "deadline");
    ready(story, "w1", "registry", "0");
    ask(story, 4, (struct ask){.from = "third", .timeout_ms = 500});
    pass(story, 600, BEATING("w1"));
    assert_reply(story, "third", STATUS_UNAVAILABLE, "served");
}

static void gives_a_service_that_comes_late_the_full_time(void **state)
{
    struct story *story = *state;

    ask(story, 1, (struct ask){.timeout_ms = 8000});
    pass(story, 1500, NULL);
    ready(story, "w1", "registry", "0"); /* it is known now, though it cannot work yet */
    pass(story, 5000, BEATING("w1"));
    assert_no_reply(story);
    ready(story, "w1", "registry", "1");
    assert_int_equal(holds(story, "w1"), 1);
    finish(story, "w1");
    assert_reply(story, "c", STATUS_OK, NULL);
}

static void says_unknown_a_second_after_the_deadline_of_what_a_worker_has(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask(story, 1, (struct ask){.timeout_ms = 500});
    pass(story, 1400, BEATING("w1"));
    assert_no_reply(story);
    pass(story, 200, BEATING("w1"));
    assert_reply(story, "c", STATUS_UNKNOWN, "unanswered");
    ask_street(story, 2, "registry@xiasha");
    assert_int_equal(holds(story, "w1"), 1); /* it is still busy with the first */
    finish(story, "w1");
    assert_no_reply(story); /* too late: the caller was answered */
    assert_counter(story, late_finals, 1);
    assert_int_equal(held_by(story, "w1", 0), 2);
}

static void frees_the_credit_of_a_worker_that_never_answers(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask(story, 1, (struct ask){.timeout_ms = 500});
    pass(story, 1600 + ABANDONED_MS, BEATING("w1"));
    ask_street(story, 2, "registry@xiasha");
    assert_int_equal(held_by(story, "w1", 1), 2);
    finish(story, "w1");
    assert_counter(story, stale_finals, 1); /* the first one's ticket is forgotten */
}

static void repeats_once_what_a_dead_worker_had(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    ready(story, "w2", "registry", "4");
    pass(story, 3000, BEATING("w2"));
    assert_int_equal(messages_to(story, PORT_WORKER, "w1", MDP_WORKER_DISCONNECT), 1);
    assert_int_equal(held_by(story, "w2", 0), 1);
    assert_counter(story, repeated, 1);
    finish(story, "w1"); /* it was only slow: its answer comes too late */
    assert_no_reply(story);
    assert_int_equal(messages_to(story, PORT_WORKER, "w1", MDP_WORKER_DISCONNECT), 1);
    finish(story, "w2");
    assert_reply(story, "c", STATUS_OK, NULL);
}

static void gives_up_on_a_request_that_two_workers_died_of(void **state)
{
    struct story *story = *state;
    struct outbox_note *note;
    bool noted = false;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    pass(story, 3000, NULL);
    ready(story, "w2", "registry", "4");
    pass(story, 3000, NULL);
    assert_reply(story, "c", STATUS_UNKNOWN, "dead_letter");
    for (note = story->out->notes; note; note = note->next)
        noted |= strcmp(note->event, "dead_letter") == 0 && strstr(note->fields, "request_id=0190");
    assert_true(noted);
    ready(story, "w3", "registry", "4");
    assert_int_equal(holds(story, "w3"), 0);
}

static void blames_nobody_when_the_broker_itself_stood_still(void **state)
{
    struct story *story = *state;

    for (int i = 0; i < 3; i++) { /* its workers went meanwhile, and come back as others */
        static const char *const workers[] = {"w1", "w2", "w3"};

        ready(story, workers[i], "registry", "4");
        if (i == 0)
            ask(story, 1, (struct ask){.timeout_ms = 60000});
        assert_int_equal(holds(story, workers[i]), 1);
        story->now_ms += 5000;
        gone(story, workers[i]);
        assert_no_reply(story);
    }
    assert_counter(story, dead_letters, 0);
}

static void blames_no_request_for_the_silence_before_it(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4"); /* the network between us goes, and takes all three */
    ready(story, "w2", "registry", "4");
    ready(story, "w3", "registry", "4");
    ask(story, 1, (struct ask){.timeout_ms = 60000});
    pass(story, 3500, NULL);
    assert_no_reply(story);
    assert_counter(story, workers_died, 3);
    assert_counter(story, dead_letters, 0);
    ready(story, "w4", "registry", "4");
    assert_int_equal(holds(story, "w4"), 1);
}

static void gives_up_on_a_request_that_two_connections_ended_with(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    gone(story, "w1");
    ready(story, "w2", "registry", "4");
    assert_int_equal(holds(story, "w2"), 1);
    gone(story, "w2");
    assert_reply(story, "c", STATUS_UNKNOWN, "dead_letter");
}

static bool says_asked_before(struct story *story, const char *worker)
{
    enum { DELIVERY = 3 }; /* behind routing id, protocol and command */
    struct frames *frames = message_to(story, PORT_WORKER, worker, MDP_WORKER_REQUEST);
    const Bus__Delivery *work = work_read(story->memory, frames, DELIVERY);

    assert_non_null(work);
    return work->caller->asked_before;
}

static void tells_the_next_worker_that_another_one_was_asked(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    assert_false(says_asked_before(story, "w1"));
    pass(story, 3000, NULL);
    ready(story, "w2", "registry", "4");
    assert_true(says_asked_before(story, "w2"));
}

static void tries_suspects_one_at_a_time(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    ask_street(story, 2, "registry@xiasha");
    ask_street(story, 3, "registry@xiasha");
    pass(story, 3000, NULL);
    ready(story, "w2", "registry", "4");
    assert_int_equal(holds(story, "w2"), 1);
    ask_street(story, 4, "registry@xiasha"); /* is no suspect and need not wait */
    assert_int_equal(held_by(story, "w2", 1), 4);
    finish(story, "w2");
    assert_int_equal(held_by(story, "w2", 1), 2);
    finish(story, "w2");
    finish(story, "w2");
    assert_int_equal(held_by(story, "w2", 0), 3);
}

static void blames_nobody_when_a_worker_leaves_orderly(void **state)
{
    struct story *story = *state;

    for (int i = 0; i < 5; i++) {
        ready(story, "w1", "registry", "4");
        if (i == 0) {
            ask_street(story, 1, "registry@xiasha");
            ask_street(story, 2, "registry@xiasha");
        }
        assert_int_equal(held_by(story, "w1", holds(story, "w1") - 2), 1); /* in their order */
        assert_int_equal(held_by(story, "w1", holds(story, "w1") - 1), 2);
        worker_says(story, "w1", "registry", MDP_WORKER_DISCONNECT);
        assert_no_reply(story);
    }
    assert_counter(story, dead_letters, 0);
    pass(story, 10050, NULL);
    assert_int_equal(messages_to(story, PORT_CLIENT, "c", MDP_CLIENT_FINAL), 2);
}

static void never_repeats_what_a_plain_worker_had(void **state)
{
    struct story *story = *state;

    ready(story, "p1", "echo", NULL);
    ask(story, 0, (struct ask){.to = "echo", .plain = "x"});
    ready(story, "p2", "echo", NULL);
    pass(story, 3000, BEATING("p2"));
    assert_reply(story, "c", STATUS_UNKNOWN, "died");
    assert_int_equal(holds(story, "p2"), 0);
}

static void turns_at_once_to_another_when_a_worker_cannot_be_reached(void **state)
{
    struct story *story = *state;
    struct frames gone = {0};

    ready(story, "w1", "registry", "4");
    ask_street(story, 1, "registry@xiasha");
    ready(story, "w2", "registry", "4");
    frames_add_text(&gone, "w1");
    broker_step(story->broker, BROKER_WORKER_GONE, &gone, NULL, story->now_ms, story->out);
    assert_int_equal(messages_to(story, PORT_WORKER, "w2", MDP_WORKER_REQUEST), 1);
}

static void drops_a_reply_with_a_ticket_that_is_not_its_own(void **state)
{
    struct story *story = *state;
    uint8_t guess[STORY_TICKET];

    ready(story, "w1", "registry", "1");
    ready(story, "w2", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    const char *holder = holds(story, "w1") ? "w1" : "w2";
    memcpy(guess, story->held[0].ticket, sizeof guess);
    finish_with(story, holds(story, "w1") ? "w2" : "w1", "registry", guess);
    assert_no_reply(story);
    guess[15] ^= 1;
    finish_with(story, holder, "registry", guess);
    assert_no_reply(story);
    assert_counter(story, stale_finals, 2);
    finish(story, holder);
    assert_reply(story, "c", STATUS_OK, NULL);
}

static void knows_a_worker_by_its_certificate_too(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    ask_street(story, 1, "registry@xiasha");
    finish_with(story, "w1", "echo", story->held[0].ticket); /* same routing id, another key */
    assert_no_reply(story);
    assert_int_equal(broker_load(story->broker).workers, 0);
}

static void keeps_a_reply_from_whoever_took_over_the_routing_id(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "2");
    ask(story, 1, (struct ask){.as = "office"});
    ask(story, 2, (struct ask){.as = "operator"});
    finish(story, "w1");
    assert_no_reply(story);
    assert_counter(story, orphaned, 1);
    finish(story, "w1");
    assert_reply(story, "c", STATUS_OK, NULL);
}

static void forgives_silence_when_it_was_stopped_itself(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "2");
    story->now_ms += 20000;
    happens(story, BROKER_TICK);
    assert_int_equal(broker_load(story->broker).workers, 1);
    pass(story, 3000, NULL);
    assert_int_equal(broker_load(story->broker).workers, 0);
}

static void goes_down_without_leaving_anybody_in_the_dark(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "2");
    for (int i = 1; i <= 3; i++)
        ask(story, i, (struct ask){.from = (const char *const[]){"a", "b", "c"}[i - 1]});
    happens(story, BROKER_DRAIN);
    assert_reply(story, "c", STATUS_UNAVAILABLE, "draining");
    ask(story, 4, (struct ask){.from = "d"});
    assert_reply(story, "d", STATUS_UNAVAILABLE, "draining");
    finish(story, "w1");
    assert_reply(story, "a", STATUS_OK, NULL);
    happens(story, BROKER_CLOSE);
    assert_reply(story, "b", STATUS_UNKNOWN, "unanswered");
    assert_int_equal(messages_to(story, PORT_WORKER, "w1", MDP_WORKER_DISCONNECT), 1);
}

static void answers_at_most_what_it_can_hold(void **state)
{
    struct story *story = *state;

    ready(story, "w1", "registry", "1");
    for (int i = 0; i < 4; i++)
        ask_street(story, i, "registry@xiasha");
    ask_street(story, 4, "registry@xiasha");
    assert_reply(story, "c", STATUS_RESOURCE_EXHAUSTED, "queue"); /* 4 a street */
    ask_street(story, 5, "registry@yanlan");
    ask(story, 6, (struct ask){.from = "d", .to = "registry@yanlan"});
    assert_no_reply(story);
    ask(story, 7, (struct ask){.from = "e", .to = "registry@third"});
    assert_reply(story, "e", STATUS_RESOURCE_EXHAUSTED, "queue"); /* 6 a certificate */
    ask(story, 8, (struct ask){.from = "d", .as = "gateway", .to = "registry@third"});
    ask(story, 9, (struct ask){.from = "d", .as = "gateway", .to = "registry@third"});
    assert_no_reply(story);
    ask(story, 10, (struct ask){.from = "e", .as = "gateway", .to = "registry@fourth"});
    assert_reply(story, "e", STATUS_RESOURCE_EXHAUSTED, "queue"); /* 8 in all */
    finish(story, "w1");
    ask(story, 11, (struct ask){.from = "e", .as = "gateway", .to = "registry@fourth"});
    assert_no_reply(story);
}

static void lets_a_certificate_do_what_it_grants_and_no_more(void **state)
{
    static const struct {
        const char *as, *to, *street, *actor;
        enum status code;
    } rows[] = {
        {"office", "registry@xiasha", NULL, NULL, STATUS_OK},
        {"office", "registry@third", NULL, NULL, STATUS_PERMISSION_DENIED},
        {"office", "registry", NULL, NULL, STATUS_PERMISSION_DENIED},
        {"office", "registry", "xiasha", NULL, STATUS_INVALID_ARGUMENT},
        {"office", "registry@xiasha", "yanlan", NULL, STATUS_INVALID_ARGUMENT},
        {"office", "registry@xiasha", NULL, "office", STATUS_OK},
        {"office", "registry@xiasha", NULL, "director", STATUS_PERMISSION_DENIED},
        {"gateway", "registry@third", NULL, "director", STATUS_OK},
        {"gateway", "registry", NULL, NULL, STATUS_PERMISSION_DENIED},
        {"operator", "registry", NULL, "director", STATUS_OK},
        {"echo", "registry", NULL, NULL, STATUS_OK},
        {"echo", "registry", NULL, "director", STATUS_PERMISSION_DENIED},
        {"nobody", "registry@xiasha", NULL, NULL, STATUS_PERMISSION_DENIED},
    };
    struct story *story = *state;

    ready(story, "w1", "registry", "8");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ask(story, (int)i,
            (struct ask){.as = rows[i].as,
                         .to = rows[i].to,
                         .street = rows[i].street,
                         .actor = rows[i].actor});
        if (rows[i].code == STATUS_OK)
            finish(story, "w1");
        enum status code = reply_code(story, "c");
        if (code != rows[i].code || holds(story, "w1") != 0)
            fail_msg("row %zu: %s", i, status_name(code));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(tells_waiting_callers_why_when_their_time_is_up),
        story_test(gives_a_service_that_comes_late_the_full_time),
        story_test(says_unknown_a_second_after_the_deadline_of_what_a_worker_has),
        story_test(frees_the_credit_of_a_worker_that_never_answers),
        story_test(repeats_once_what_a_dead_worker_had),
        story_test(gives_up_on_a_request_that_two_workers_died_of),
        story_test(blames_nobody_when_the_broker_itself_stood_still),
        story_test(blames_no_request_for_the_silence_before_it),
        story_test(gives_up_on_a_request_that_two_connections_ended_with),
        story_test(tells_the_next_worker_that_another_one_was_asked),
        story_test(tries_suspects_one_at_a_time),
        story_test(blames_nobody_when_a_worker_leaves_orderly),
        story_test(never_repeats_what_a_plain_worker_had),
        story_test(turns_at_once_to_another_when_a_worker_cannot_be_reached),
        story_test(drops_a_reply_with_a_ticket_that_is_not_its_own),
        story_test(knows_a_worker_by_its_certificate_too),
        story_test(keeps_a_reply_from_whoever_took_over_the_routing_id),
        story_test(forgives_silence_when_it_was_stopped_itself),
        story_test(goes_down_without_leaving_anybody_in_the_dark),
        story_test(answers_at_most_what_it_can_hold),
        story_test(lets_a_certificate_do_what_it_grants_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
