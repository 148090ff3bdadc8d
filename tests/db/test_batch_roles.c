/* SPDX-License-Identifier: Apache-2.0 */
/* test_batch_roles.c - roles that come and go count from the command behind, and for what was
 * answered before */
#include "bed_registry.h"

#include "libcommon/base/mem.h"

static const char clerk[] = "clerk", add[] = "{'person': {'kind': 'VOLUNTEER', 'name': '%s',"
                                             " 'phone': '13800000000', 'communityId': '%s'}}";

/* The clerk's command. */
static struct call *register_person(struct bed *bed, const char *id, const char *name,
                                    const char *community)
{
    return bed_call_by(bed, (struct bed_caller){BUS__ROLE__ROLE_GATEWAY, "gateway", clerk},
                       bed->street, "RegisterPerson", id, bed_json(bed, add, name, community));
}

static const char *grant(struct bed *bed, const char *community)
{
    return bed_make(
        bed, "GrantRole",
        bed_json(bed,
                 "{'roleGrant': {'holder': '%s', 'role': 'ROLE_COMMUNITY_STAFF',"
                 " 'communityId': '%s', 'fromOn': '2020-01-01', 'untilOn': '2099-01-01'}}",
                 clerk, community));
}

static struct call *revoke(struct bed *bed, const char *grant_id)
{
    return bed_call(bed, "ChangeRoleGrant",
                    bed_json(bed,
                             "{'grantId': '%s', 'action': 'REVOKE', 'reason': '-', 'revision': 1}",
                             grant_id));
}

static void assert_outcomes(struct bed *bed, struct call **calls, const enum status *outcomes,
                            size_t count)
{
    batch_run(&bed->slot, calls, count);
    for (size_t i = 0; i < count; i++) {
        if (calls[i]->status != outcomes[i])
            fail_msg("call %zu ended %s: %s", i, status_name(calls[i]->status), calls[i]->message);
        bed_free(calls[i]);
    }
}

static void one_that_was_taken_back_counts_no_more_in_its_batch(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a");
    struct call *calls[] = {
        register_person(bed, NULL, "before", community),
        revoke(bed, grant(bed, community)),
        register_person(bed, NULL, "behind", community),
    };

    assert_outcomes(bed, calls,
                    (const enum status[]){STATUS_OK, STATUS_OK, STATUS_PERMISSION_DENIED}, 3);
}

static void one_that_ended_with_its_community_counts_no_more(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a"), *other = bed_community(bed, "b");

    grant(bed, community);
    grant(bed, other);
    struct call *calls[] = {
        bed_call(bed, "ChangeCommunity",
                 bed_json(bed,
                          "{'communityId': '%s', 'action': 'DISSOLVE', 'reason': '-',"
                          " 'revision': 1}",
                          community)),
        register_person(bed, NULL, "there", other),
        register_person(bed, NULL, "gone", community),
    };
    assert_outcomes(bed, calls,
                    (const enum status[]){STATUS_OK, STATUS_OK, STATUS_PERMISSION_DENIED}, 3);
}

/* So too where one of the batch fails and all run again, each under a savepoint. */
static void counts_no_more_where_the_batch_runs_again(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a");
    struct call *calls[] = {
        bed_call(bed, "CreateCommunity", "{\"community\": {\"name\": \"a\"}}"), /* taken */
        revoke(bed, grant(bed, community)),
        register_person(bed, NULL, "behind", community),
    };

    assert_outcomes(
        bed, calls,
        (const enum status[]){STATUS_ALREADY_EXISTS, STATUS_OK, STATUS_PERMISSION_DENIED}, 3);
}

static void one_that_was_given_counts_at_once(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a");
    struct call *calls[] = {
        bed_call(bed, "GrantRole",
                 bed_json(bed,
                          "{'roleGrant': {'holder': '%s', 'role': 'ROLE_COMMUNITY_STAFF',"
                          " 'communityId': '%s', 'fromOn': '2020-01-01', 'untilOn': '2099-01-01'}}",
                          clerk, community)),
        register_person(bed, NULL, "behind", community),
    };

    assert_outcomes(bed, calls, (const enum status[]){STATUS_OK, STATUS_OK}, 2);
}

static void one_that_was_taken_back_hides_an_answer_of_its_batch(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a");
    char id[ID_CHARS + 1];

    id_new(id);
    struct call *calls[] = {
        register_person(bed, id, "once", community),
        register_person(bed, id, "once", community),
        revoke(bed, grant(bed, community)),
        register_person(bed, id, "once", community),
    };
    assert_outcomes(
        bed, calls,
        (const enum status[]){STATUS_OK, STATUS_OK, STATUS_OK, STATUS_PERMISSION_DENIED}, 4);
}

static struct call *ask_again(struct bed *bed, const char *id, const char *community)
{
    return bed_run(bed, register_person(bed, id, "once", community));
}

static void an_answer_is_told_again_to_whoever_may_still_ask(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "a"), *first = grant(bed, community);
    char id[ID_CHARS + 1];

    id_new(id);
    struct call *done = ask_again(bed, id, community);
    assert_int_equal(done->status, STATUS_OK);
    struct call *again = ask_again(bed, id, community);
    assert_true(again->replayed);
    bed_free(bed_run(bed, revoke(bed, first)));
    struct call *refused = ask_again(bed, id, community);
    assert_int_equal(refused->status, STATUS_PERMISSION_DENIED);
    assert_int_equal(refused->reply.len, 0);
    assert_false(refused->replayed);
    grant(bed, community);
    struct call *told = ask_again(bed, id, community); /* it is still the first answer */
    assert_true(told->replayed);
    assert_int_equal(told->seq, done->seq);
    assert_int_equal(told->reply.len, done->reply.len);
    assert_memory_equal(told->reply.data, done->reply.data, done->reply.len);
    bed_free(done);
    bed_free(again);
    bed_free(refused);
    bed_free(told);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_was_taken_back_counts_no_more_in_its_batch),
        TEST(one_that_ended_with_its_community_counts_no_more),
        TEST(counts_no_more_where_the_batch_runs_again),
        TEST(one_that_was_given_counts_at_once),
        TEST(one_that_was_taken_back_hides_an_answer_of_its_batch),
        TEST(an_answer_is_told_again_to_whoever_may_still_ask),
    };

    return cmocka_run_group_tests_name("batch_roles", tests, NULL, NULL);
}
