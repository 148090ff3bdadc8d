/* SPDX-License-Identifier: Apache-2.0 */
/* test_people.c - people: what is kept of them, and what nobody is told */
#include "bed_registry.h"
#include "registry_person.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "services/registry/contract.h"
#include "services/registry/person/seal.h"
#include "services/registry/registry.h"
#include "tests/data_key.h"

#define NOBODY_ID "019336a0-0000-7000-8000-000000000000"

static char *person(struct bed *bed, const char *name, const char *more)
{
    return bed_make(
        bed, "RegisterPerson",
        bed_json(bed, "{\"person\": {\"name\": \"%s\", \"kind\": \"VOLUNTEER\"%s}}", name, more));
}

static char *person_id(struct bed *bed, const char *id)
{
    return bed_json(bed, "{\"personId\": \"%s\"}", id);
}

static void assert_person(struct bed *bed, const char *id, const char *name, const char *phone)
{
    struct call *call = bed_run(bed, bed_call(bed, "GetPerson", person_id(bed, id)));
    const Registry__GetPersonResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_string_equal(response->person->name, name);
    assert_string_equal(response->person->phone, phone);
    bed_free(call);
}

static void assert_phone(struct bed *bed, const char *id, const char *phone)
{
    struct call *call = bed_run(bed, bed_call(bed, "RevealPhone", person_id(bed, id)));
    const Registry__RevealPhoneResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_string_equal(response->phone, phone);
    bed_free(call);
}

/* ---- what is kept, what is told ---- */

static void tells_neither_names_nor_phones(void **state)
{
    struct bed *bed = *state;
    const char *id = person(bed, "志愿者甲", ", \"phone\": \"138-0000-5678\"");

    bed_ok(bed, "UpdatePerson",
           bed_json(bed,
                    "{\"person\": {\"personId\": \"%s\", \"name\": \"志愿者乙\", \"phone\":"
                    " \"13911112222\", \"revision\": 1}, \"updateMask\": \"name,phone\"}",
                    id));
    static const char *const secrets[] = {"志愿者甲", "志愿者乙", "138-0000-5678", "13911112222"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        const char *bytes = mem_printf(bed->slot.parent, "convert_to('%s', 'UTF8')", secrets[i]);
        assert_int_equal(
            bed_number(bed, "SELECT count(*) FROM registry.journal WHERE position(%s IN data) > 0",
                       bytes),
            0);
        assert_int_equal(
            bed_number(bed, "SELECT count(*) FROM registry.request WHERE position(%s IN reply) > 0",
                       bytes),
            0);
        assert_int_equal(bed_number(bed,
                                    "SELECT count(*) FROM registry.person"
                                    " WHERE position(%s IN phone_sealed) > 0",
                                    bytes),
                         0);
    }
    bed_assert_journal(bed, 3);
    assert_person(bed, id, "志愿者乙", "139****2222");
}

static void masks_phones_and_reveals_them_one_by_one(void **state)
{
    static const struct {
        const char *given, *kept, *masked;
    } phones[] = {
        {"13800005678", "13800005678", "138****5678"},
        {"+86 138-0000-5678", "13800005678", "138****5678"},
        {"\u202d（０５７１）86910000 转 8012\u202c", "0571-86910000-8012", "057****8012"},
        {"0571-86910000", "0571-86910000", "057****0000"},
        {"8691-0012", "86910012", "****12"},
        {"12345", "12345", "****45"},
        {"+123456789012345 x 678901", "+123456789012345-678901", "123****8901"},
        {"", "", ""},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof phones / sizeof *phones; i++) {
        const char *id = person(bed, "a", bed_json(bed, ", \"phone\": \"%s\"", phones[i].given));
        assert_person(bed, id, "a", phones[i].masked);
        assert_phone(bed, id, phones[i].kept);
    }
    bed_refused(bed, "RevealPhone", person_id(bed, NOBODY_ID), STATUS_NOT_FOUND, "person_id",
                "exists");
}

static void refuses_what_is_no_phone(void **state)
{
    static const char *const wrong[] = {
        "1234",     "123456789012345678901",  "13800005678x", "(0571) 8691", "12-34", "-----",
        "1.38E+10", "13800005678/13900005678"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        bed_refused(bed, "RegisterPerson",
                    bed_json(bed,
                             "{\"person\": {\"name\": \"a\", \"kind\": \"STAFF\","
                             " \"phone\": \"%s\"}}",
                             wrong[i]),
                    STATUS_INVALID_ARGUMENT, "person.phone", "phone");
}

static void logs_who_saw_a_phone_but_not_the_phone(void **state)
{
    struct bed *bed = *state;
    const char *id = person(bed, "a", ", \"phone\": \"13800005678\"");
    char log[2000] = "";
    int file = memfd_create("log", 0), terminal = dup(STDERR_FILENO);

    dup2(file, STDERR_FILENO);
    assert_phone(bed, id, "13800005678");
    dup2(terminal, STDERR_FILENO);
    assert_true(pread(file, log, sizeof log - 1, 0) > 0);
    close(file);
    close(terminal);
    assert_non_null(strstr(log, "event=phone_revealed"));
    assert_non_null(strstr(log, id));
    assert_non_null(strstr(log, "tester"));
    assert_null(strstr(log, "13800005678"));
}

static void says_nothing_when_a_phone_is_the_same(void **state)
{
    struct bed *bed = *state;
    const char *id = person(bed, "a", ", \"phone\": \"13800005678\"");
    static const char update[] =
        "{\"person\": {\"personId\": \"%s\", \"phone\": \"%s\", \"revision\": 1},"
        " \"updateMask\": \"phone\"}";

    bed_ok(bed, "UpdatePerson", bed_json(bed, update, id, "13800005678"));
    bed_ok(bed, "UpdatePerson",
           bed_json(bed, update, id, "+86 138 0000 5678")); /* written otherwise */
    bed_assert_journal(bed, 2);
    bed_ok(bed, "UpdatePerson", bed_json(bed, update, id, ""));
    bed_assert_journal(bed, 3);
    assert_phone(bed, id, "");
    bed_refused(bed, "UpdatePerson", bed_json(bed, update, id, "13800005678"), STATUS_ABORTED,
                "person.revision", "stale");
    bed_refused(bed, "UpdatePerson", bed_json(bed, update, NOBODY_ID, "13800005678"),
                STATUS_NOT_FOUND, "person.person_id", "exists");
}

static void erases_who_leaves_and_takes_their_roles(void **state)
{
    struct bed *bed = *state;
    const char *id = person(bed, "要走的人", ", \"phone\": \"13800005678\"");
    const char *role = bed_json(bed,
                                "{\"roleGrant\": {\"holder\": \"%s\", \"role\": \"ROLE_VOLUNTEER\","
                                " \"fromOn\": \"2020-01-01\", \"untilOn\": \"2099-12-31\"}}",
                                id);

    bed_ok(bed, "GrantRole", role);
    static const char leave[] = "{\"personId\": \"%s\", \"action\": \"LEAVE\", \"reason\": \"%s\","
                                " \"revision\": %d}";
    bed_refused(bed, "ChangePerson", bed_json(bed, leave, id, "", 1), STATUS_INVALID_ARGUMENT,
                "reason", "required");
    bed_ok(bed, "ChangePerson", bed_json(bed, leave, id, "搬家", 1));
    assert_person(bed, id, "", "");
    assert_phone(bed, id, "");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.person WHERE person_id = '%s'"
                                " AND name = '' AND phone_sealed = '' AND status = 'LEFT'",
                                id),
                     1);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.role_grant WHERE holder = '%s'"
                                " AND status = 'REVOKED' AND revision = 2",
                                id),
                     1);
    bed_assert_journal(bed, 5); /* street, person, grant, left, revoked */
    bed_refused(bed, "GrantRole", role, STATUS_NOT_FOUND, "role_grant.holder", "exists");
    bed_refused(bed, "ChangePerson", bed_json(bed, leave, id, "-", 2), STATUS_FAILED_PRECONDITION,
                "action", "life_cycle");
    bed_refused(bed, "UpdatePerson",
                bed_json(bed,
                         "{\"person\": {\"personId\": \"%s\", \"name\": \"回来\", \"revision\": 2},"
                         " \"updateMask\": \"name\"}",
                         id),
                STATUS_FAILED_PRECONDITION, "person.status", "final");
}

static void refuses_places_that_are_not_there(void **state)
{
    struct bed *bed = *state;
    const char *community = bed_community(bed, "旧社区"), *unit = bed_unit(bed, "旧单位");
    static const char add[] =
        "{\"person\": {\"name\": \"a\", \"kind\": \"STAFF\", \"%s\": \"%s\"}}";
    const char *id = person(bed, "a", "");
    static const char move[] =
        "{\"person\": {\"personId\": \"%s\", \"%s\": \"%s\", \"revision\": 1},"
        " \"updateMask\": \"communityId,unitId\"}";

    bed_ok(bed, "ChangeCommunity",
           bed_json(bed,
                    "{\"communityId\": \"%s\", \"action\": \"DISSOLVE\", \"reason\": \"-\","
                    " \"revision\": 1}",
                    community));
    bed_ok(bed, "ChangeUnit",
           bed_json(bed,
                    "{\"unitId\": \"%s\", \"action\": \"WITHDRAW\", \"reason\": \"-\","
                    " \"revision\": 1}",
                    unit));
    const char *const cases[][3] = {{"communityId", community, "person.community_id"},
                                    {"communityId", NOBODY_ID, "person.community_id"},
                                    {"unitId", unit, "person.unit_id"},
                                    {"unitId", NOBODY_ID, "person.unit_id"}};
    for (size_t i = 0; i < 4; i++) {
        bed_refused(bed, "RegisterPerson", bed_json(bed, add, cases[i][0], cases[i][1]),
                    STATUS_NOT_FOUND, cases[i][2], "exists");
        bed_refused(bed, "UpdatePerson", bed_json(bed, move, id, cases[i][0], cases[i][1]),
                    STATUS_NOT_FOUND, cases[i][2], "exists");
    }
}

/* ---- sealing ---- */

static void opens_a_phone_only_where_it_belongs(void **state)
{
    struct bed *bed = *state;
    const char *owner = person(bed, "a", ", \"phone\": \"13800005678\"");
    const char *other = person(bed, "b", "");

    bed_sql(bed,
            "UPDATE registry.person SET phone_sealed = (SELECT phone_sealed FROM registry.person"
            " WHERE person_id = '%s') WHERE person_id = '%s'",
            owner, other);
    assert_person(bed, other, "b", "");
    bed_refused(bed, "RevealPhone", person_id(bed, other), STATUS_INTERNAL, "", "unreadable");
    bed_sql(bed,
            "UPDATE registry.person SET phone_sealed = set_byte(phone_sealed, 30,"
            " get_byte(phone_sealed, 30) # 1) WHERE person_id = '%s'",
            owner);
    bed_refused(bed, "RevealPhone", person_id(bed, owner), STATUS_INTERNAL, "", "unreadable");
    bed_sql(bed, "UPDATE registry.person SET phone_sealed = '\\x02' WHERE person_id = '%s'", owner);
    bed_refused(bed, "RevealPhone", person_id(bed, owner), STATUS_INTERNAL, "", "unreadable");
}

#define KEY_1 "1111111111111111111111111111111111111111111111111111111111111111\n"
#define KEY_2 "2222222222222222222222222222222222222222222222222222222222222222\n"

static void opens_with_older_keys_what_they_sealed(void **state)
{
    void *memory = talloc_new(NULL);
    char *text;

    (void)state;
    assert_true(data_key_start_with(KEY_1, NULL));
    const char *sealed = seal_text(memory, "13800005678", "xiasha", "a");
    assert_memory_equal(sealed, "01", 2);
    assert_true(data_key_start_with(KEY_1 KEY_2, NULL));
    assert_int_equal(seal_open(memory, sealed, "xiasha", "a", &text), STATUS_OK);
    assert_string_equal(text, "13800005678");
    assert_memory_equal(seal_text(memory, "13800005678", "xiasha", "a"), "02", 2);
    assert_int_equal(seal_open(memory, sealed, "other", "a", &text), STATUS_INTERNAL);
    assert_true(data_key_start_with(KEY_2, NULL));
    assert_int_equal(seal_open(memory, sealed, "xiasha", "a", &text), STATUS_INTERNAL);
    talloc_free(memory);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_neither_names_nor_phones),
        TEST(masks_phones_and_reveals_them_one_by_one),
        TEST(refuses_what_is_no_phone),
        TEST(logs_who_saw_a_phone_but_not_the_phone),
        TEST(says_nothing_when_a_phone_is_the_same),
        TEST(erases_who_leaves_and_takes_their_roles),
        TEST(refuses_places_that_are_not_there),
        TEST(opens_a_phone_only_where_it_belongs),
        cmocka_unit_test(opens_with_older_keys_what_they_sealed), /* changes the keys */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
