/* SPDX-License-Identifier: Apache-2.0 */
/* test_batch.c - what a batch promises: each command its own answer, once, in order, or not at
 * all */
#include "bed_registry.h"
#include "registry_unit.pb-c.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/method/envelope.h"
#include "services/registry/contract.h"
#include "services/registry/registry.h"

static struct call *register_call(struct bed *bed, const char *name, const char *request_id)
{
    char json[200];

    snprintf(json, sizeof json, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name);
    return bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, bed->street, "RegisterUnit", request_id,
                       json);
}

static void gives_one_failing_command_its_error_and_lets_31_stand(void **state)
{
    struct bed *bed = *state;
    struct call *calls[32];
    char name[40];

    bed_unit(bed, "taken");
    for (int i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "unit %d", i);
        calls[i] = register_call(bed, i == 17 ? "taken" : name, NULL);
    }
    batch_run(&bed->slot, calls, 32);
    for (int i = 0; i < 32; i++) {
        assert_int_equal(calls[i]->status, i == 17 ? STATUS_ALREADY_EXISTS : STATUS_OK);
        assert_int_equal(calls[i]->seq, i < 17 ? 3 + i : i == 17 ? -1 : 2 + i);
    }
    assert_string_equal(calls[17]->violations.item[0].field, "unit.name");
    assert_string_equal(calls[17]->violations.item[0].rule, "unique_in_street");
    for (int i = 0; i < 32; i++)
        bed_free(calls[i]);
    bed_assert_journal(bed, 2 + 31); /* the street, the taken one, and these */
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM registry.unit WHERE street = '%s'", bed->street), 32);
}

static void lets_a_command_of_a_batch_see_the_one_before(void **state)
{
    struct bed *bed = *state;
    char json[200];

    snprintf(
        json, sizeof json,
        "{\"unitId\": \"%s\", \"action\": \"WITHDRAW\", \"reason\": \"搬迁\", \"revision\": 1}",
        bed_unit(bed, "twice"));
    struct call *calls[] = {bed_call(bed, "ChangeUnit", json), bed_call(bed, "ChangeUnit", json),
                            register_call(bed, "twice", NULL)};
    batch_run(&bed->slot, calls, 3);
    assert_int_equal(calls[0]->status, STATUS_OK);
    assert_int_equal(calls[1]->status, STATUS_ABORTED); /* it is at revision 2 */
    assert_int_equal(calls[2]->status, STATUS_OK);      /* the name is free */
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
    bed_assert_journal(bed, 4);
}

static void answers_a_known_request_with_its_first_reply(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    id_new(id);
    struct call *first = bed_run(bed, register_call(bed, "once", id));
    struct call *again = bed_run(bed, register_call(bed, "once", id));
    assert_int_equal(again->status, STATUS_OK);
    assert_true(again->replayed);
    assert_int_equal(again->seq, first->seq);
    assert_int_equal(again->reply.len, first->reply.len);
    assert_memory_equal(again->reply.data, first->reply.data, first->reply.len);

    struct call *other = bed_run(bed, register_call(bed, "another", id));
    assert_int_equal(other->status, STATUS_ABORTED);
    assert_string_equal(other->violations.item[0].field, "request_id");
    assert_string_equal(other->violations.item[0].rule, "reused");
    bed_free(first);
    bed_free(again);
    bed_free(other);
    bed_assert_journal(bed, 2);
}

static void answers_a_request_that_came_twice_in_one_batch_once(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    id_new(id);
    struct call *calls[] = {register_call(bed, "doubled", id), register_call(bed, "doubled", id),
                            register_call(bed, "not the same", id)};
    batch_run(&bed->slot, calls, 3);
    assert_int_equal(calls[0]->status, STATUS_OK);
    assert_int_equal(calls[1]->status, STATUS_OK);
    assert_true(calls[1]->replayed);
    assert_memory_equal(calls[1]->reply.data, calls[0]->reply.data, calls[0]->reply.len);
    assert_int_equal(calls[2]->status, STATUS_ABORTED);
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
    bed_assert_journal(bed, 2);
}

static void gives_each_of_two_users_of_a_known_id_its_own_answer(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    id_new(id);
    bed_free(bed_run(bed, register_call(bed, "known", id)));
    struct call *calls[] = {register_call(bed, "another", id), register_call(bed, "known", id)};
    batch_run(&bed->slot, calls, 2);
    assert_int_equal(calls[0]->status, STATUS_ABORTED);
    assert_int_equal(calls[1]->status, STATUS_OK);
    assert_true(calls[1]->replayed);
    bed_free(calls[0]);
    bed_free(calls[1]);
    bed_assert_journal(bed, 2);
}

/* Two workers may have one request, one of them presumed dead: what the other has refused, and the
 * caller was told, must not be done when it goes on. */
static void does_not_do_later_what_it_has_refused(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1], withdraw[200];

    id_new(id);
    snprintf(withdraw, sizeof withdraw,
             "{\"unitId\": \"%s\", \"action\": \"WITHDRAW\", \"reason\": \"-\", \"revision\": 1}",
             bed_unit(bed, "held"));
    struct call *refused = bed_run(bed, register_call(bed, "held", id));
    assert_int_equal(refused->status, STATUS_ALREADY_EXISTS);
    assert_false(refused->replayed);
    bed_ok(bed, "ChangeUnit", withdraw);
    struct call *again = bed_run(bed, register_call(bed, "held", id));
    assert_int_equal(again->status, STATUS_ALREADY_EXISTS);
    assert_true(again->replayed);
    assert_string_equal(again->message, refused->message);
    assert_int_equal(again->violations.count, refused->violations.count);
    assert_string_equal(again->violations.item[0].field, refused->violations.item[0].field);
    assert_string_equal(again->violations.item[0].rule, refused->violations.item[0].rule);
    struct call *other = bed_run(bed, register_call(bed, "held", NULL));
    assert_int_equal(other->status, STATUS_OK);
    bed_free(refused);
    bed_free(again);
    bed_free(other);
}

static void keeps_a_refusal_beside_what_others_of_its_batch_did(void **state)
{
    struct bed *bed = *state;
    char ids[3][ID_CHARS + 1];
    struct call *calls[3], *again[3];
    static const char *const names[] = {"before", "before", "behind"};

    for (int i = 0; i < 3; i++) {
        id_new(ids[i]);
        calls[i] = register_call(bed, names[i], ids[i]);
        again[i] = register_call(bed, names[i], ids[i]);
    }
    batch_run(&bed->slot, calls, 3);
    batch_run(&bed->slot, again, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(calls[i]->status, i == 1 ? STATUS_ALREADY_EXISTS : STATUS_OK);
        assert_int_equal(again[i]->status, calls[i]->status);
        assert_true(again[i]->replayed);
        bed_free(calls[i]);
        bed_free(again[i]);
    }
    bed_assert_journal(bed, 3);
}

static enum status told(struct call *call)
{
    struct frames frames = {0};

    envelope_answer(call, &frames);
    Bus__Answer *answer =
        bus__answer__unpack(NULL, frames_size(&frames, 0), frames_data(&frames, 0));
    assert_non_null(answer);
    Bus__ReplyHeader *header =
        bus__reply_header__unpack(NULL, answer->header.len, answer->header.data);
    assert_non_null(header);
    enum status status = (enum status)header->code;
    bus__reply_header__free_unpacked(header, NULL);
    bus__answer__free_unpacked(answer, NULL);
    frames_clear(&frames);
    return status;
}

static void does_not_say_that_nothing_was_done_where_another_worker_was_asked(void **state)
{
    static const struct {
        bool asked_before, decided;
        enum status status, told;
    } rows[] = {
        {false, false, STATUS_UNAVAILABLE, STATUS_UNAVAILABLE},
        {true, false, STATUS_UNAVAILABLE, STATUS_UNKNOWN},
        {true, true, STATUS_DEADLINE_EXCEEDED, STATUS_UNKNOWN},
        {true, true, STATUS_ALREADY_EXISTS, STATUS_ALREADY_EXISTS}, /* kept: the other finds it */
        {true, true, STATUS_NOT_FOUND, STATUS_NOT_FOUND},
        /* Before anything is looked at; a worker of another version or clock may have taken it. */
        {true, false, STATUS_NOT_FOUND, STATUS_UNKNOWN},
        {true, false, STATUS_INVALID_ARGUMENT, STATUS_UNKNOWN},
        {true, false, STATUS_PERMISSION_DENIED, STATUS_UNKNOWN},
        {false, false, STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call *call = register_call(*state, "asked", NULL);
        ((Bus__Caller *)call->caller)->asked_before = rows[i].asked_before;
        call->decided = rows[i].decided;
        (void)!call_fail(call, rows[i].status, "", "-", "-");
        call->violations.count = 0; /* whatever its rule is */
        assert_int_equal(told(call), rows[i].told);
        bed_free(call);
    }
}

/* ---- COMMIT's answer is lost ---- */

static int commits_cut;

/* The server has the COMMIT; its answer never arrives. */
static void cut_once_after_commit(struct db *db)
{
    struct timespec pause = {.tv_nsec = 300000000};

    if (commits_cut++ > 0)
        return;
    nanosleep(&pause, NULL); /* not needed for the outcome: either is right, this one is likelier */
    shutdown(db_socket(db), SHUT_RDWR);
}

/* The COMMIT itself never reaches the server: the backend is ended first. */
static struct bed *cutting_bed;
static void end_backends_once(struct db *db)
{
    (void)db;
    if (commits_cut++ == 0)
        bed_number(cutting_bed, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                " WHERE usename = 'registry' AND datname = current_database()");
}

static void assert_same_answer_whatever_was_cut(struct bed *bed, void (*cut)(struct db *db))
{
    char id[ID_CHARS + 1];

    id_new(id);
    cutting_bed = bed;
    commits_cut = 0;
    batch_before_commit_answer = cut;
    struct call *calls[] = {register_call(bed, "cut", id), register_call(bed, "cut too", NULL)};
    batch_run(&bed->slot, calls, 2);
    batch_before_commit_answer = NULL;
    assert_true(commits_cut > 0);
    assert_int_equal(calls[0]->status, STATUS_OK);
    assert_int_equal(calls[1]->status, STATUS_OK);
    struct call *again = bed_run(bed, register_call(bed, "cut", id));
    assert_int_equal(again->status, STATUS_OK);
    assert_true(again->replayed);
    assert_memory_equal(again->reply.data, calls[0]->reply.data, calls[0]->reply.len);
    bed_free(calls[0]);
    bed_free(calls[1]);
    bed_free(again);
    bed_assert_journal(bed, 3);
}

static void finds_the_truth_when_the_answer_to_commit_is_lost(void **state)
{
    assert_same_answer_whatever_was_cut(*state, cut_once_after_commit);
}

static void finds_the_truth_when_the_backend_dies_at_commit(void **state)
{
    assert_same_answer_whatever_was_cut(*state, end_backends_once);
}

/* ---- two workers on one street ---- */

enum { RIVAL_BATCHES = 40, RIVAL_CALLS = 8 };

struct rival {
    struct bed *bed;
    struct db_slot slot;
    int number;
};

static void *run_rival(void *argument)
{
    struct rival *rival = argument;
    char name[40];

    for (int b = 0; b < RIVAL_BATCHES; b++) {
        struct call *calls[RIVAL_CALLS];
        for (int i = 0; i < RIVAL_CALLS; i++) {
            snprintf(name, sizeof name, "unit %d of %d", b * RIVAL_CALLS + i, rival->number % 2);
            calls[i] = register_call(rival->bed, name, NULL);
        }
        batch_run(&rival->slot, calls, RIVAL_CALLS);
        for (int i = 0; i < RIVAL_CALLS; i++) {
            if (calls[i]->status != STATUS_OK && calls[i]->status != STATUS_ALREADY_EXISTS)
                fail_msg("%s: %s", status_name(calls[i]->status), calls[i]->message);
            bed_free(calls[i]);
        }
    }
    return NULL;
}

/* Four workers, two by two after the same names, so that fast and careful passes meet. */
static void lets_workers_of_one_street_take_turns(void **state)
{
    enum { RIVALS = 4 };
    struct bed *bed = *state;
    struct rival rivals[RIVALS];
    pthread_t threads[RIVALS];
    int64_t began = clock_monotonic_ms();

    for (int i = 0; i < RIVALS; i++) {
        rivals[i] = (struct rival){bed, bed_slot(bed), i};
        pthread_create(&threads[i], NULL, run_rival, &rivals[i]);
    }
    for (int i = 0; i < RIVALS; i++) {
        pthread_join(threads[i], NULL);
        talloc_free(rivals[i].slot.db);
    }
    bed_assert_journal(bed, 1 + 2 * RIVAL_BATCHES * RIVAL_CALLS);
    assert_true(clock_monotonic_ms() - began < 60000);
}

/* ---- streets ---- */

static void refuses_a_street_that_is_not_here(void **state)
{
    struct bed *bed = *state;
    struct call *calls[] = {
        bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, "nowhere", "RegisterUnit", NULL,
                    "{\"unit\": {\"name\": \"a\", \"kind\": \"BANK\"}}"),
        bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, "nowhere", "ListUnits", NULL, "{}"),
    };

    for (int i = 0; i < 2; i++) {
        bed_run(bed, calls[i]);
        assert_int_equal(calls[i]->status, STATUS_NOT_FOUND);
        assert_string_equal(calls[i]->violations.item[0].field, "street");
        bed_free(calls[i]);
    }
}

static void hides_the_rows_of_other_streets(void **state)
{
    struct bed *bed = *state;
    char other[sizeof bed->street + 1], json[100];

    snprintf(json, sizeof json, "{\"unitId\": \"%s\"}", bed_unit(bed, "mine"));
    snprintf(other, sizeof other, "%sx", bed->street);
    struct call *made = bed_run(
        bed, bed_call_as(bed, BUS__ROLE__ROLE_OPERATOR, other, "CreateStreet", NULL,
                         "{\"street\": {\"name\": \"b\", \"timeZone\": \"Asia/Shanghai\"}}"));
    assert_int_equal(made->status, STATUS_OK);
    bed_free(made);
    /* both in one round trip, so that the street changes between them */
    struct call *calls[] = {
        bed_call(bed, "GetUnit", json),
        bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, other, "GetUnit", NULL, json),
        bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, other, "ListUnits", NULL, "{}"),
    };
    query_run(&bed->slot, calls, 3);
    assert_int_equal(calls[0]->status, STATUS_OK);
    assert_int_equal(calls[1]->status, STATUS_NOT_FOUND);
    assert_int_equal(calls[2]->status, STATUS_OK);
    assert_int_equal(((Registry__ListUnitsResponse *)calls[2]->response)->n_units, 0);
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_one_failing_command_its_error_and_lets_31_stand),
        TEST(lets_a_command_of_a_batch_see_the_one_before),
        TEST(answers_a_known_request_with_its_first_reply),
        TEST(answers_a_request_that_came_twice_in_one_batch_once),
        TEST(gives_each_of_two_users_of_a_known_id_its_own_answer),
        TEST(does_not_do_later_what_it_has_refused),
        TEST(keeps_a_refusal_beside_what_others_of_its_batch_did),
        TEST(does_not_say_that_nothing_was_done_where_another_worker_was_asked),
        TEST(finds_the_truth_when_the_answer_to_commit_is_lost),
        TEST(finds_the_truth_when_the_backend_dies_at_commit),
        TEST(lets_workers_of_one_street_take_turns),
        TEST(refuses_a_street_that_is_not_here),
        TEST(hides_the_rows_of_other_streets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
