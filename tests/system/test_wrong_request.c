/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_wrong_request.c - everything that a caller can get wrong in the request itself
 *
 * Each row goes as real frames through both brokers and gets its status, field and rule from the
 * registry. After each one the tables are as before it.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "tests/system/shot.h"

enum { DEEP = 60000 };

/* ---- requests that the contract's types allow ---- */

static const struct {
    const char *what;
    enum who who;
    const char *method, *json;
    struct outcome expected;
} requests[] = {
    {"a role that may not",
     VOLUNTEER,
     "RegisterUnit",
     "{\"unit\": {\"name\": \"x\", \"kind\": \"BANK\"}}",
     {STATUS_PERMISSION_DENIED, "method", "role"}},
    {"a street made by its own staff",
     STAFF,
     "CreateStreet",
     "{\"street\": {\"name\": \"x\", \"timeZone\": \"Asia/Shanghai\"}}",
     {STATUS_PERMISSION_DENIED, "method", "role"}},
    {"nothing in it", STAFF, "RegisterUnit", "{}", {STATUS_INVALID_ARGUMENT, "unit", "required"}},
    {"no name",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"kind\": \"BANK\"}}",
     {STATUS_INVALID_ARGUMENT, "unit.name", "length"}},
    {"no kind",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"name\": \"x\"}}",
     {STATUS_INVALID_ARGUMENT, "unit.kind", "required"}},
    {"a control character",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"name\": \"a\\u0007b\", \"kind\": \"BANK\"}}",
     {STATUS_INVALID_ARGUMENT, "unit.name", "control"}},
    {"a credit code whose check character is wrong",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"name\": \"x\", \"kind\": \"BANK\", \"creditCode\": \"91330101MA27XF0X0X\"}}",
     {STATUS_INVALID_ARGUMENT, "unit.credit_code", "credit_code"}},
    {"too many members",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"name\": \"x\", \"kind\": \"BANK\","
     " \"partyOrganisation\": {\"name\": \"p\", \"memberCount\": 1000001}}}",
     {STATUS_INVALID_ARGUMENT, "unit.party_organisation.member_count", "range"}},
    {"the name of another unit",
     STAFF,
     "RegisterUnit",
     "{\"unit\": {\"name\": \" 银行一 \", \"kind\": \"SHOP\"}}",
     {STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street"}},
    {"a name taken by an update",
     STAFF,
     "UpdateUnit",
     "{\"unit\": {\"unitId\": \"$UNIT\", \"name\": \"银行二\", \"revision\": 1},"
     " \"updateMask\": \"name\"}",
     {STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street"}},
    {"a stale revision",
     STAFF,
     "UpdateUnit",
     "{\"unit\": {\"unitId\": \"$UNIT\", \"name\": \"x\", \"revision\": 7}, \"updateMask\": "
     "\"name\"}",
     {STATUS_ABORTED, "unit.revision", "stale"}},
    {"a stale revision of a change",
     STAFF,
     "ChangeUnit",
     "{\"unitId\": \"$UNIT\", \"action\": \"WITHDRAW\", \"reason\": \"r\", \"revision\": 7}",
     {STATUS_ABORTED, "revision", "stale"}},
    {"a change that its status does not allow",
     STAFF,
     "ChangeUnit",
     "{\"unitId\": \"$UNIT\", \"action\": \"REINSTATE\", \"revision\": 1}",
     {STATUS_FAILED_PRECONDITION, "action", "life_cycle"}},
    {"a change without its reason",
     STAFF,
     "ChangeUnit",
     "{\"unitId\": \"$UNIT\", \"action\": \"WITHDRAW\", \"revision\": 1}",
     {STATUS_INVALID_ARGUMENT, "reason", "required"}},
    {"a mask of what the server sets",
     STAFF,
     "UpdateUnit",
     "{\"unit\": {\"unitId\": \"$UNIT\", \"revision\": 1}, \"updateMask\": \"status\"}",
     {STATUS_INVALID_ARGUMENT, "update_mask.paths[0]", "not_updatable"}},
    {"no UUID",
     STAFF,
     "GetUnit",
     "{\"unitId\": \"7\"}",
     {STATUS_INVALID_ARGUMENT, "unit_id", "uuid"}},
    {"another street's row read",
     STAFF,
     "GetUnit",
     "{\"unitId\": \"$FOREIGN\"}",
     {STATUS_NOT_FOUND, "unit_id", "exists"}},
    {"another street's row updated",
     STAFF,
     "UpdateUnit",
     "{\"unit\": {\"unitId\": \"$FOREIGN\", \"name\": \"x\", \"revision\": 1},"
     " \"updateMask\": \"name\"}",
     {STATUS_NOT_FOUND, "unit.unit_id", "exists"}},
    {"another street's row withdrawn",
     STAFF,
     "ChangeUnit",
     "{\"unitId\": \"$FOREIGN\", \"action\": \"WITHDRAW\", \"reason\": \"r\", \"revision\": 1}",
     {STATUS_NOT_FOUND, "unit_id", "exists"}},
    {"too long a page",
     STAFF,
     "ListUnits",
     "{\"pageSize\": 201}",
     {STATUS_INVALID_ARGUMENT, "page_size", "range"}},
    {"a page token of another filter",
     STAFF,
     "ListUnits",
     "{\"kind\": \"SCHOOL\", \"pageToken\": \"$TOKEN\"}",
     {STATUS_INVALID_ARGUMENT, "page_token", "page_token"}},
    {"a page token of another street",
     OTHER_STAFF,
     "ListUnits",
     "{\"kind\": \"BANK\", \"pageToken\": \"$TOKEN\"}",
     {STATUS_INVALID_ARGUMENT, "page_token", "page_token"}},
    {"a page token of one's own making",
     STAFF,
     "ListUnits",
     "{\"kind\": \"BANK\", \"pageToken\": \"AAAA\"}",
     {STATUS_INVALID_ARGUMENT, "page_token", "page_token"}},
    {"a cursor behind the head",
     STAFF,
     "MoveCursor",
     "{\"name\": \"c\", \"toSeq\": \"100000\"}",
     {STATUS_INVALID_ARGUMENT, "to_seq", "range"}},
};

static void refuses_what_the_rules_forbid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct shot shot = shot_good(requests[i].who, requests[i].method, requests[i].json);
        shot_fire(requests[i].what, &shot, &requests[i].expected);
    }
}

/* ---- bytes that are no such message ---- */

#define BYTES(text) (sizeof(text) - 1), (uint8_t *)(text)

static const struct {
    const char *what;
    ProtobufCBinaryData payload; /* of RegisterUnit */
    struct outcome expected;
} payloads[] = {
    {"a number where the unit should be",
     {BYTES("\x08\x01")},
     {STATUS_INVALID_ARGUMENT, "unit", "wire_type"}},
    {"a number where the name should be",
     {BYTES("\x0a\x04\x10\x01\x18\x07")},
     {STATUS_INVALID_ARGUMENT, "unit.name", "wire_type"}},
    {"invalid UTF-8",
     {BYTES("\x0a\x06\x12\x02\xc3\x28\x18\x07")},
     {STATUS_INVALID_ARGUMENT, "unit.name", "utf8"}},
    {"a surrogate as UTF-8",
     {BYTES("\x0a\x07\x12\x03\xed\xa0\x80\x18\x07")},
     {STATUS_INVALID_ARGUMENT, "unit.name", "utf8"}},
    {"a NUL within the name",
     {BYTES("\x0a\x07\x12\x03"
            "a\0b\x18\x07")},
     {STATUS_INVALID_ARGUMENT, "unit.name", "nul"}},
    {"a kind that nobody defined",
     {BYTES("\x0a\x05\x12\x01"
            "a\x18\x63")},
     {STATUS_INVALID_ARGUMENT, "unit.kind", "enum"}},
    {"a negative kind",
     {BYTES("\x0a\x0e\x12\x01"
            "a\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
     {STATUS_INVALID_ARGUMENT, "unit.kind", "enum"}},
    {"a unit cut short",
     {BYTES("\x0a\x7f\x12\x01"
            "a")},
     {STATUS_INVALID_ARGUMENT, "unit", "wire_format"}},
    {"a number that does not end",
     {BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
     {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
    {"field number 0", {BYTES("\x02\x00")}, {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
    {"a group that nobody knows",
     {BYTES("\x9b\x06\x9c\x06")},
     {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
    {"a wire type that never was",
     {BYTES("\x9e\x06")},
     {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
};

static void refuses_bytes_that_are_no_such_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct shot shot = shot_good(STAFF, "RegisterUnit", "{}");
        shot.payload = payloads[i].payload;
        shot_fire(payloads[i].what, &shot, &payloads[i].expected);
    }
}

static void refuses_text_that_is_too_long(void **state)
{
    static const struct outcome too_long = {STATUS_INVALID_ARGUMENT, "unit.name", "length"};
    char name[3 * 121 + 1] = "";

    (void)state;
    for (char *at = name; at < name + sizeof name - 1; at += 3)
        memcpy(at, "聚", 4);
    struct shot shot = shot_good(
        STAFF, "RegisterUnit",
        mem_printf(range.bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name));
    shot_fire("121 characters", &shot, &too_long);

    /* As large as a message may be, nearly: counted, not cut. */
    char *huge = mem_bytes(range.bed->memory, 250001);
    memset(huge, 'a', 250000);
    huge[250000] = 0;
    shot = shot_good(
        STAFF, "RegisterUnit",
        mem_printf(range.bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", huge));
    shot_fire("250,000 characters", &shot, &too_long);
}

/* Nested as deep as a message may be long, by groups and by lengths. */
static void refuses_nesting_without_end(void **state)
{
    static const struct {
        const char *what;
        uint8_t first, second;
        struct outcome expected;
    } nestings[] = {
        {"groups in groups", 0x3b, 0x3b, {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
        {"unknown lengths in lengths", 0x3a, 0x7f, {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
    };
    uint8_t *deep = mem_bytes((range.bed)->memory, DEEP);

    (void)state;
    for (size_t i = 0; i < sizeof nestings / sizeof *nestings; i++) {
        for (size_t at = 0; at < DEEP; at += 2) {
            deep[at] = nestings[i].first;
            deep[at + 1] = nestings[i].second;
        }
        struct shot shot = shot_good(STAFF, "RegisterUnit", "{}");
        shot.payload = (ProtobufCBinaryData){DEEP, deep};
        shot_fire(nestings[i].what, &shot, &nestings[i].expected);
    }
}

/* Every beginning of a good request but the whole of it. */
static void refuses_every_truncated_payload(void **state)
{
    static const struct outcome none = {STATUS_INVALID_ARGUMENT, "unit", "required"},
                                cut = {STATUS_INVALID_ARGUMENT, "unit", "wire_format"};

    (void)state;
    struct shot shot = shot_good(STAFF, "RegisterUnit",
                                 "{\"unit\": {\"name\": \"truncated\", \"kind\": \"BANK\"}}");
    size_t whole = shot.payload.len;
    for (shot.payload.len = 0; shot.payload.len < whole; shot.payload.len++) {
        shot_fire("a truncated unit", &shot, shot.payload.len == 0 ? &none : &cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(refuses_what_the_rules_forbid, shot_survived),
        cmocka_unit_test_teardown(refuses_bytes_that_are_no_such_message, shot_survived),
        cmocka_unit_test_teardown(refuses_text_that_is_too_long, shot_survived),
        cmocka_unit_test_teardown(refuses_nesting_without_end, shot_survived),
        cmocka_unit_test_teardown(refuses_every_truncated_payload, shot_survived),
    };

    return bed_finish(cmocka_run_group_tests_name("wrong request", tests, shot_up, bed_down));
}
