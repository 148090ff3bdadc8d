/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow.c - selection follows the registry, as real processes that die, hang and come back
 *
 * A unit's id is used in selection right after the registry said it: RequestHeader.after makes selection wait until its
 * copy is there, so an answer of NOT_FOUND would be a lie.
 */
#include <signal.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_unit.pb-c.h"
#include "tests/system/bed.h"

enum { UNITS = 200, SLOW_MS = 25000 };

/* A unit of bed->street, and the place in the registry's journal that its event has. */
struct made {
    const char *unit_id;
    int64_t seq;
};

static struct made make_unit(struct bed *bed)
{
    struct violations violations = {0};
    struct client_reply reply;
    Registry__RegisterUnitResponse *response;
    char name[ID_CHARS + 1];

    id_new(name);
    char *json =
        mem_printf(bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name);
    if (bed_call(bed, bed->client, bed->street, "RegisterUnit", json, &reply) != STATUS_OK)
        fail_msg("RegisterUnit: %s", reply.header->message);
    assert_int_equal(wire_unpack(bed->memory, &registry__register_unit_response__descriptor,
                                 reply.payload.data, reply.payload.len, &violations,
                                 (ProtobufCMessage **)&response),
                     STATUS_OK);
    return (struct made){response->unit->unit_id, reply.header->position->seq};
}

/* Raises a need for the unit, once selection has read the registry's journal so far. */
static enum status raise_need(struct bed *bed, struct made made, uint32_t timeout_ms)
{
    Bus__Position position = BUS__POSITION__INIT;
    struct client_reply reply;
    const char *json =
        mem_printf(bed->memory,
                   "{\"need\": {\"unitId\": \"%s\", \"title\": \"停车位\","
                   " \"category\": \"VENUE\", \"quantity\": 1, \"priority\": \"HIGH\","
                   " \"wantedFromOn\": \"2030-01-01\", \"wantedToOn\": \"2030-02-01\"}}",
                   made.unit_id);

    position.service = (char *)"registry";
    position.seq = made.seq;
    return client_call(bed->client, bed->memory,
                       &(struct client_request){
                           .service = "selection",
                           .street = bed->street,
                           .method = bed_method("RaiseNeed"),
                           .timeout_ms = timeout_ms,
                           .after = (const Bus__Position *const[]){&position},
                           .n_after = 1,
                           .payload = bed_pack(bed, "RaiseNeed", json),
                       },
                       &reply);
}

/* Of the street, in selection as in the registry. */
static void assert_copied(struct bed *bed)
{
    int64_t end_ms = deadline_ms();
    const char *street = bed->street;

    while (
        bed_number(bed,
                   "SELECT count(*) FROM selection.follower WHERE street = '%s' AND seq = reached"
                   " AND seq = (SELECT max(seq) FROM registry.journal WHERE street = '%s')",
                   street, street) != 1)
        look_again(end_ms, "selection has read the whole journal");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.unit r FULL JOIN selection.unit s"
                                " USING (street, unit_id, name, kind, status, revision)"
                                " WHERE street = '%s' AND (r.unit_id IS NULL OR s.unit_id IS NULL)",
                                street),
                     0);
}

/* The instance whose steward is active. */
static struct process *active(struct bed *bed)
{
    int64_t end_ms = deadline_ms();

    while (true) {
        for (size_t i = 0; i < INSTANCES; i++)
            if (bed->service[SELECTION_SERVICE][i].pid &&
                process_metric(&bed->service[SELECTION_SERVICE][i], "jusha_steward_active") == 1)
                return &bed->service[SELECTION_SERVICE][i];
        look_again(end_ms, "a steward is active");
    }
}

static void reads_what_was_written_elsewhere(void **state)
{
    struct bed *bed = *state;
    int64_t began_ms = clock_monotonic_ms();

    for (int i = 0; i < UNITS; i++)
        assert_int_equal(raise_need(bed, make_unit(bed), 0), STATUS_OK);
    report("%d times: RegisterUnit, then RaiseNeed after it: %lld ms each", UNITS,
           (long long)(clock_monotonic_ms() - began_ms) / UNITS);
    assert_copied(bed);
}

static void gives_up_waiting_at_the_deadline(void **state)
{
    struct bed *bed = *state;
    struct made made = make_unit(bed);

    made.seq += 1000;
    assert_int_equal(raise_need(bed, made, 300), STATUS_DEADLINE_EXCEEDED);
}

static void goes_on_when_the_active_one_is_killed(void **state)
{
    struct bed *bed = *state;

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < UNITS; i++)
            (void)make_unit(bed);
        process_kill(active(bed));
        int64_t killed_ms = clock_monotonic_ms();
        assert_int_equal(raise_need(bed, make_unit(bed), SLOW_MS), STATUS_OK);
        report("active steward killed: the other had read all after %lld ms",
               (long long)(clock_monotonic_ms() - killed_ms));
        assert_copied(bed);
        bed_revive(state);
    }
}

static void goes_on_when_the_active_one_stands_still(void **state)
{
    struct bed *bed = *state;
    struct process *stopped = active(bed);

    process_stop(stopped);
    struct made made = {0};
    for (int i = 0; i < UNITS; i++)
        made = make_unit(bed);
    int64_t asked_ms = clock_monotonic_ms();
    assert_int_equal(raise_need(bed, made, SLOW_MS), STATUS_OK);
    report("active steward stopped: the other had read all after %lld ms",
           (long long)(clock_monotonic_ms() - asked_ms));
    process_continue(stopped);
    bed_wait_ready(bed);
    assert_copied(bed);
}

static void catches_up_when_the_registry_comes_back(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < UNITS; i++)
        (void)make_unit(bed);
    struct made made = make_unit(bed);
    for (size_t i = 0; i < REGISTRIES; i++)
        process_kill(&bed->registry[i]);
    struct client_reply reply;
    assert_int_equal(bed_call(bed, bed->client, bed->street, "ListNeeds", "{}", &reply), STATUS_OK);
    bed_revive(state);
    assert_int_equal(raise_need(bed, made, SLOW_MS), STATUS_OK);
    assert_copied(bed);
}

/* Asked by the operator, of selection. */
static enum status rebuild(struct bed *bed)
{
    struct client_reply reply;

    return client_call(bed->founder, bed->memory,
                       &(struct client_request){
                           .service = "selection",
                           .street = bed->street,
                           .method = bed_method("Rebuild"),
                           .payload = bed_pack(bed, "Rebuild", "{\"service\": \"registry\"}"),
                       },
                       &reply);
}

static void makes_its_copies_anew_while_people_work(void **state)
{
    struct bed *bed = *state;
    struct made made = make_unit(bed);
    long needs =
        bed_number(bed, "SELECT count(*) FROM selection.need WHERE street = '%s'", bed->street);

    assert_int_equal(raise_need(bed, made, 0), STATUS_OK);
    bed_number(bed,
               "WITH wrong AS (UPDATE selection.unit SET name = 'wrong', revision = 99"
               " WHERE street = '%s' RETURNING 1) SELECT count(*) FROM wrong",
               bed->street);
    for (int round = 0; round < 3; round++) {
        enum status status = STATUS_UNAVAILABLE;
        int64_t end_ms = deadline_ms();
        assert_int_equal(rebuild(bed), STATUS_OK);
        while (status == STATUS_UNAVAILABLE) { /* nothing is decided by half a copy */
            status = raise_need(bed, made, 1000);
            if (status == STATUS_UNAVAILABLE)
                look_again(end_ms, "the copies are made anew");
        }
        assert_int_equal(status, STATUS_OK);
    }
    assert_copied(bed);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM selection.need WHERE street = '%s'", bed->street),
        needs + 4);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = INSTANCES});
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        bed_story(reads_what_was_written_elsewhere),
        bed_story(gives_up_waiting_at_the_deadline),
        bed_story(goes_on_when_the_active_one_is_killed),
        bed_story(goes_on_when_the_active_one_stands_still),
        bed_story(catches_up_when_the_registry_comes_back),
        bed_story(makes_its_copies_anew_while_people_work),
    };

    bed_choose(argc, argv);
    return bed_finish(cmocka_run_group_tests_name("follow", tests, up, bed_down));
}
