/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_refusals.c - which refusals are kept under their ids
 *
 * One that nothing stored can change comes out the same wherever it is asked for again, and would
 * only fill the table; any other is a decision, and whoever asks again gets it.
 */
#include "bed_registry.h"

#include <ctype.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/method/envelope.h"

#define NOBODYS "01900000-0000-7000-8000-000000000000"

static const struct bed_caller staff = {BUS__ROLE__ROLE_STREET_STAFF, "tester", ""};
static const struct bed_caller volunteer = {BUS__ROLE__ROLE_VOLUNTEER, "tester", ""};
static const struct bed_caller contact = {BUS__ROLE__ROLE_UNIT_CONTACT, "tester", ""};
static const struct bed_caller actor = {BUS__ROLE__ROLE_GATEWAY, "gateway", "nobody"};

struct refused {
    const char *why;
    const struct bed_caller *caller;
    const char *method, *json; /* $UNIT: the id of a unit, a prospect at revision 1 */
    enum status status;
    const char *field, *rule;
    const char *param, *value; /* that go with the rule, kept or not; NULL: none */
};

static const struct refused by_itself[] = {
    {"contract", &staff, "RegisterUnit", "{}", STATUS_INVALID_ARGUMENT, "unit", "required"},
    {"rules", &staff, "RegisterUnit", "{'unit': {'name': '', 'kind': 'BANK'}}",
     STATUS_INVALID_ARGUMENT, "unit.name", "length", "max", "120"},
    {"rules of an update", &staff, "UpdateUnit",
     "{'unit': {'unitId': '$UNIT', 'name': 'b', 'revision': 1}, 'updateMask': 'status'}",
     STATUS_INVALID_ARGUMENT, "update_mask.paths[0]", "not_updatable"},
    {"check", &staff, "GrantRole",
     "{'roleGrant': {'holder': '" NOBODYS "', 'role': 'INTEGRATOR', 'fromOn': '2026-01-01',"
     " 'untilOn': '2026-12-31'}}",
     STATUS_INVALID_ARGUMENT, "role_grant.role", "grantable"},
    {"check of a place", &staff, "CreateAlliance",
     "{'alliance': {'name': 'a', 'level': 'COMMUNITY'}}", STATUS_INVALID_ARGUMENT,
     "alliance.community_id", "required"},
    {"role", &volunteer, "RegisterUnit", "{'unit': {'name': 'a', 'kind': 'BANK'}}",
     STATUS_PERMISSION_DENIED, "method", "role"},
};

static const struct refused by_what_is_stored[] = {
    {"row", &staff, "ChangeUnit", "{'unitId': '" NOBODYS "', 'action': 'WITHDRAW', 'revision': 1}",
     STATUS_NOT_FOUND, "unit_id", "exists"},
    {"revision", &staff, "ChangeUnit",
     "{'unitId': '$UNIT', 'action': 'WITHDRAW', 'reason': 'r', 'revision': 7}", STATUS_ABORTED,
     "revision", "stale", "revision", "1"},
    {"life cycle", &staff, "ChangeUnit",
     "{'unitId': '$UNIT', 'action': 'REINSTATE', 'reason': 'r', 'revision': 1}",
     STATUS_FAILED_PRECONDITION, "action", "life_cycle", "status", "PROSPECT"},
    {"reason that the step needs", &staff, "ChangeUnit",
     "{'unitId': '$UNIT', 'action': 'WITHDRAW', 'revision': 1}", STATUS_INVALID_ARGUMENT, "reason",
     "required"},
    {"constraint", &staff, "RegisterUnit", "{'unit': {'name': 'taken', 'kind': 'BANK'}}",
     STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street"},
    {"grants' reach", &contact, "RegisterPerson",
     "{'person': {'unitId': '$UNIT', 'name': 'a', 'kind': 'VOLUNTEER'}}", STATUS_PERMISSION_DENIED,
     "person.unit_id", "reach"},
    {"no grant", &actor, "RegisterUnit", "{'unit': {'name': 'a', 'kind': 'BANK'}}",
     STATUS_PERMISSION_DENIED, "method", "role"},
};

static char *fill_in(struct bed *bed, const char *json, const char *unit)
{
    const char *place = strstr(json, "$UNIT");

    if (!place)
        return bed_json(bed, "%s", json);
    return bed_json(bed, "%.*s%s%s", (int)(place - json), json, unit, place + strlen("$UNIT"));
}

static long kept(struct bed *bed)
{
    return bed_number(bed, "SELECT count(*) FROM registry.request WHERE street = '%s'",
                      bed->street);
}

/* Asked twice under one id: how many rows did it leave? */
static long leaves(struct bed *bed, const struct refused *row, const char *unit)
{
    char *id = mem_bytes(bed->slot.parent, ID_CHARS + 1), *json = fill_in(bed, row->json, unit);
    long before = kept(bed);

    id_new(id);
    for (int i = 0; i < 2; i++) {
        struct call *call = bed_call_by(bed, *row->caller, bed->street, row->method, id, json);
        if (call->status == STATUS_OK)
            bed_run(bed, call);
        bed_assert_outcome(call, row->status, row->field, row->rule);
        if (row->param)
            bed_assert_param(call, row->param, row->value);
        bed_free(call);
    }
    return kept(bed) - before;
}

static void keeps_none_by_the_request_or_the_role_alone(void **state)
{
    struct bed *bed = *state;
    const char *unit =
        bed_make(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'u', 'kind': 'BANK'}}"));

    for (size_t i = 0; i < sizeof by_itself / sizeof *by_itself; i++)
        if (leaves(bed, &by_itself[i], unit) != 0)
            fail_msg("%s was kept", by_itself[i].why);
}

static void keeps_each_by_what_is_stored(void **state)
{
    struct bed *bed = *state;
    const char *unit =
        bed_make(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'taken', 'kind': 'BANK'}}"));

    for (size_t i = 0; i < sizeof by_what_is_stored / sizeof *by_what_is_stored; i++)
        if (leaves(bed, &by_what_is_stored[i], unit) != 1)
            fail_msg("that of a %s was not kept", by_what_is_stored[i].why);
}

static void keeps_that_there_is_no_such_street(void **state)
{
    static const char json[] = "{\"unit\": {\"name\": \"a\", \"kind\": \"BANK\"}}";
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    id_new(id);
    for (int i = 0; i < 2; i++) { /* it comes between the two */
        if (i == 1)
            bed_sql(bed, "INSERT INTO registry.stream (street, state) VALUES ('late%s', 'HERE')",
                    bed->street);
        struct call *call =
            bed_run(bed, bed_call_by(bed, staff, bed_json(bed, "late%s", bed->street),
                                     "RegisterUnit", id, json));
        bed_assert_outcome(call, STATUS_NOT_FOUND, "street", "exists");
        assert_int_equal(call->replayed, i == 1);
        bed_free(call);
    }
}

static void a_flood_of_wrong_commands_leaves_nothing(void **state)
{
    struct bed *bed = *state;
    long before = kept(bed);

    for (int i = 0; i < 2000; i++) {
        const struct refused *row = &by_itself[(size_t)i % (sizeof by_itself / sizeof *by_itself)];
        struct call *call = bed_call_by(bed, *row->caller, bed->street, row->method, NULL,
                                        fill_in(bed, row->json, NOBODYS));
        assert_int_equal(call->status, row->status);
        bed_free(call);
    }
    assert_int_equal(kept(bed), before);
}

/* ---- whose id it is ---- */

static char *upper(struct bed *bed, const char *id)
{
    char *text = mem_text(bed->slot.parent, id);

    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

/* The id in the reply. */
static const char *answered_id(struct call *call)
{
    struct frames frames = {0};
    struct violations wrong = {0};
    ProtobufCMessage *answer, *header;

    envelope_answer(call, &frames);
    assert_int_equal(wire_unpack(call, &bus__answer__descriptor, frames_data(&frames, 0),
                                 frames_size(&frames, 0), &wrong, &answer),
                     STATUS_OK);
    const ProtobufCBinaryData *bytes = &((Bus__Answer *)answer)->header;
    assert_int_equal(
        wire_unpack(call, &bus__reply_header__descriptor, bytes->data, bytes->len, &wrong, &header),
        STATUS_OK);
    frames_clear(&frames);
    return ((Bus__ReplyHeader *)header)->request_id;
}

static void one_id_in_two_spellings_is_one_and_each_asker_gets_its_own(void **state)
{
    static const char *const names[] = {"one", ""}; /* done, refused */
    struct bed *bed = *state;

    for (size_t n = 0; n < 2; n++) {
        char id[] = "01900000-0000-7000-8000-00000000abcd", fresh[ID_CHARS + 1];
        id_new(fresh);
        memcpy(id, fresh, 14); /* its time */
        id[sizeof id - 2] = "ab"[n];
        const char *const spellings[] = {upper(bed, id), id, upper(bed, id)};
        for (size_t i = 0; i < 3; i++) {
            struct call *call =
                bed_call_by(bed, staff, bed->street, "RegisterUnit", spellings[i],
                            bed_json(bed, "{'unit': {'name': '%s', 'kind': 'BANK'}}", names[n]));
            if (call->status == STATUS_OK)
                bed_run(bed, call);
            assert_int_equal(call->status, n == 0 ? STATUS_OK : STATUS_INVALID_ARGUMENT);
            assert_int_equal(call->replayed, n == 0 && i > 0);
            assert_string_equal(answered_id(call), spellings[i]);
            bed_free(call);
        }
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(keeps_none_by_the_request_or_the_role_alone),
        TEST(keeps_each_by_what_is_stored),
        TEST(keeps_that_there_is_no_such_street),
        TEST(a_flood_of_wrong_commands_leaves_nothing),
        TEST(one_id_in_two_spellings_is_one_and_each_asker_gets_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
