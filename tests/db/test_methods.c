/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_methods.c - the generic suite: walks every method of a service by its own tables
 *
 * A new method is covered the moment its row exists: every role, every rule's edges, a page token
 * of another filter. Life cycles are walked by life_cycle_walk.h.
 */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/types.h"
#include "libcommon/service/method/method.h"

typedef void endpoint_check(struct bed *bed, const struct endpoint *endpoint);

static void each_method(struct bed *bed, endpoint_check *check)
{
    for (const struct methods *const *methods = bed_service->methods; *methods; methods++) {
        const ProtobufCServiceDescriptor *contract = (*methods)->base.descriptor;
        assert_non_null((*methods)->rows[0]);
        assert_null((*methods)->rows[contract->n_methods]);
        for (unsigned i = 0; i < contract->n_methods; i++) {
            char *name = mem_printf(NULL, "%s/%s", contract->name, contract->methods[i].name);
            check(bed, methods_find(name));
            talloc_free(name);
        }
    }
}

static const char *short_name(const struct endpoint *endpoint)
{
    return strrchr(endpoint->name, '/') + 1;
}

static const char *street_for(const struct bed *bed, const struct endpoint *endpoint)
{
    return endpoint->row->scope == SCOPE_ALL_STREETS ? "" : bed->street;
}

/* A role that may call it. */
static Bus__Role role_for(const struct endpoint *endpoint)
{
    for (unsigned role = 1; role < bus__role__descriptor.n_values; role++)
        if (permission_reach(endpoint->row->may, (Bus__Role)role) != REACH_NONE)
            return (Bus__Role)role;
    fail_msg("nobody may call %s", endpoint->name);
    return BUS__ROLE__ROLE_UNSPECIFIED;
}

/* ---- role x method ---- */

static void check_roles(struct bed *bed, const struct endpoint *endpoint)
{
    for (unsigned i = 0; i < bus__role__descriptor.n_values; i++) {
        Bus__Role role = (Bus__Role)bus__role__descriptor.values[i].value;
        struct call *call =
            bed_call_as(bed, role, street_for(bed, endpoint), short_name(endpoint), NULL, "{}");
        bool may = permission_reach(endpoint->row->may, role) != REACH_NONE;
        if ((call->status != STATUS_PERMISSION_DENIED) != may)
            fail_msg("%s as %s: %s", endpoint->name, bus__role__descriptor.values[i].name,
                     status_name(call->status));
        bed_free(call);
    }
}

static void lets_each_role_call_what_its_row_says_and_nothing_else(void **state)
{
    each_method(*state, check_roles);
}

static void check_no_role(struct bed *bed, const struct endpoint *endpoint)
{
    (void)bed;
    assert_int_equal(permission_reach(endpoint->row->may, BUS__ROLE__ROLE_UNSPECIFIED), REACH_NONE);
}

static void lets_nobody_in_without_a_role(void **state)
{
    each_method(*state, check_no_role);
}

/* ---- street x method ---- */

static void check_scope(struct bed *bed, const struct endpoint *endpoint)
{
    bool spans = endpoint->row->scope == SCOPE_ALL_STREETS;
    struct call *call = bed_call_as(bed, role_for(endpoint), spans ? bed->street : "",
                                    short_name(endpoint), NULL, "{}");

    assert_int_equal(call->status, STATUS_INVALID_ARGUMENT);
    assert_string_equal(call->violations.item[0].field, "street");
    bed_free(call);
}

static void wants_a_street_where_the_row_says_so(void **state)
{
    each_method(*state, check_scope);
}

/* ---- rule x edge ---- */

/* As a JSON string; lives as long as the bed. */
static const char *text_of(struct bed *bed, int64_t characters, const char *character)
{
    const size_t length = (size_t)characters * strlen(character);
    char *text = mem_array(bed->slot.parent, char, length + sizeof "\"\"");

    text[0] = '"';
    for (size_t i = 0; i < length; i++)
        text[1 + i] = character[i % strlen(character)];
    text[length + 1] = '"';
    return text;
}

static bool has_violation(const struct call *call, const char *field)
{
    for (size_t i = 0; i < call->violations.count; i++)
        if (strcmp(call->violations.item[i].field, field) == 0)
            return true;
    return false;
}

/* Sends a request with one field set; tells whether that field was found wrong. */
static bool is_refused(struct bed *bed, const struct endpoint *endpoint, const char *path,
                       const char *field, const char *value)
{
    char *at = path[0] ? mem_printf(bed->slot.parent, "%s.%s", path, field)
                       : mem_text(bed->slot.parent, field);
    char *json = path[0] ? mem_printf(at, "{\"%s\": {\"%s\": %s}}", path, field, value)
                         : mem_printf(at, "{\"%s\": %s}", field, value);
    struct call *call = bed_call_as(bed, role_for(endpoint), street_for(bed, endpoint),
                                    short_name(endpoint), NULL, json);
    bool refused = call->status == STATUS_INVALID_ARGUMENT && has_violation(call, at);

    bed_free(call);
    talloc_free(at);
    return refused;
}

#define ASSERT_EDGE(refused, value)                                                                \
    if (is_refused(bed, endpoint, path, rule->field, value) != (refused))                          \
    fail_msg("%s: %s.%s = %.60s should be %s", endpoint->name, path, rule->field, value,           \
             (refused) ? "refused" : "taken")

static void check_text_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    ASSERT_EDGE(false, text_of(bed, rule->max, "沙"));
    ASSERT_EDGE(true, text_of(bed, rule->max + 1, "a"));
    ASSERT_EDGE(false, text_of(bed, rule->min, "a"));
    ASSERT_EDGE(rule->min > 0, "\"  \\u3000 \""); /* white space only is nothing */
    ASSERT_EDGE(true, "\"a\\u0007\"");
}

static void check_int_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                            const struct rule *rule)
{
    char number[32];

    snprintf(number, sizeof number, "%lld", (long long)rule->min);
    ASSERT_EDGE(false, number);
    if (rule->max < UINT32_MAX) {
        snprintf(number, sizeof number, "%lld", (long long)rule->max + 1);
        ASSERT_EDGE(true, number);
    }
    if (rule->min > 0)
        ASSERT_EDGE(true, "0");
}

static void check_uuid_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    ASSERT_EDGE(rule->min > 0, "\"\"");
    ASSERT_EDGE(true, "\"nobody\"");
    ASSERT_EDGE(false, "\"019336A0-0000-7000-8000-000000000000\"");
}

static void check_uuids_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                              const struct rule *rule)
{
    char *many = mem_text(bed->slot.parent, "[\"019336a0-0000-7000-8000-000000000000\"");

    for (int i = 0; i < rule->max; i++)
        many = mem_check(
            talloc_strdup_append_buffer(many, ",\"019336a0-0000-7000-8000-000000000000\""));
    many = mem_check(talloc_strdup_append_buffer(many, "]"));
    ASSERT_EDGE(true, many);
    ASSERT_EDGE(rule->min > 0, "[]");
    talloc_free(many);
}

/* An array of so many times the same value. */
static char *array_of(struct bed *bed, int64_t count, const char *value)
{
    char *array = mem_text(bed->slot.parent, "[");

    for (int64_t i = 0; i < count; i++)
        array = mem_check(talloc_asprintf_append_buffer(array, "%s%s", i > 0 ? "," : "", value));
    return mem_check(talloc_strdup_append_buffer(array, "]"));
}

/* One more than may be; and none where one must be. */
static void check_count_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                              const struct rule *rule)
{
    char *many = array_of(bed, rule->max + 1, rule->type == RULE_TYPE_TEXTS ? "\"a\"" : "{}");

    ASSERT_EDGE(true, many);
    ASSERT_EDGE(rule->min > 0, "[]");
    talloc_free(many);
}

static void check_time_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    ASSERT_EDGE(false, "\"1970-01-01T00:00:00Z\"");
    ASSERT_EDGE(false, "\"2199-12-31T23:59:59.999999999Z\"");
    ASSERT_EDGE(true, "\"1969-12-31T23:59:59.999999999Z\"");
    ASSERT_EDGE(true, "\"2200-01-01T00:00:00Z\"");
    ASSERT_EDGE(true, "\"9999-12-31T23:59:59Z\"");
}

static void check_enum_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    ASSERT_EDGE(rule->min > 0, "0");
    ASSERT_EDGE(false, "1"); /* numbers that nobody defined stop at the wire check */
}

/* The years of a day, of a local time, and of the end of a rule. */
static void check_year_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    static const struct {
        const char *rule, *taken[2], *refused[3];
    } forms[] = {
        {"date",
         {"\"1970-01-01\"", "\"2199-12-31\""},
         {"\"1969-12-31\"", "\"2200-01-01\"", "\"9999-12-31\""}},
        {"local_time",
         {"\"1970-01-01T00:00:00\"", "\"2199-12-31T23:59:59\""},
         {"\"1969-12-31T23:59:59\"", "\"2200-01-01T00:00:00\"", "\"9999-12-31T23:59:59\""}},
        {"rrule",
         {"\"FREQ=DAILY;UNTIL=19700101\"", "\"FREQ=DAILY;UNTIL=21991231T235959Z\""},
         {"\"FREQ=DAILY;UNTIL=19691231\"", "\"FREQ=DAILY;UNTIL=22000101\"",
          "\"FREQ=DAILY;UNTIL=99991231T235959Z\""}},
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(rule->name, forms[i].rule) != 0)
            continue;
        for (int k = 0; k < 2; k++)
            ASSERT_EDGE(false, forms[i].taken[k]);
        for (int k = 0; k < 3; k++)
            ASSERT_EDGE(true, forms[i].refused[k]);
    }
}

static void check_test_edges(struct bed *bed, const struct endpoint *endpoint, const char *path,
                             const struct rule *rule)
{
    ASSERT_EDGE(rule->min > 0, "\"\"");
    ASSERT_EDGE(true, "\"no such thing\"");
    check_year_edges(bed, endpoint, path, rule);
}

/* A message without the one inside it misses what it is about. */
static void check_message(struct bed *bed, const struct endpoint *endpoint, const char *path,
                          const struct rule *rule)
{
    char *json = path[0] ? mem_printf(bed->slot.parent, "{\"%s\": {}}", path)
                         : mem_text(bed->slot.parent, "{}");
    char *at = path[0] ? mem_printf(json, "%s.%s", path, rule->field) : mem_text(json, rule->field);
    struct call *call = bed_call_as(bed, role_for(endpoint), street_for(bed, endpoint),
                                    short_name(endpoint), NULL, json);

    assert_int_equal(has_violation(call, at), rule->min > 0);
    bed_free(call);
    talloc_free(json);
}

static void check_rules(struct bed *bed, const struct endpoint *endpoint, const char *path,
                        const struct rule *rule)
{
    static void (*const checks[])(struct bed *, const struct endpoint *, const char *,
                                  const struct rule *) = {
        [RULE_TYPE_TEXT] = check_text_edges,
        [RULE_TYPE_TEST] = check_test_edges,
        [RULE_TYPE_UUID] = check_uuid_edges,
        [RULE_TYPE_UUIDS] = check_uuids_edges,
        [RULE_TYPE_ENUM] = check_enum_edges,
        [RULE_TYPE_INT] = check_int_edges,
        [RULE_TYPE_MESSAGE] = check_message,
        [RULE_TYPE_MESSAGES] = check_count_edges,
        [RULE_TYPE_TEXTS] = check_count_edges,
        [RULE_TYPE_TIME] = check_time_edges,
        [RULE_TYPE_UPDATE] = NULL,
        [RULE_TYPE_ANY] = NULL,
    };

    for (; rule->type != RULE_END; rule++) {
        if (strcmp(rule->field, "page_token") == 0)
            continue; /* refuses_a_page_token_that_is_not_its_own */
        if (checks[rule->type])
            checks[rule->type](bed, endpoint, path, rule);
        if (rule->type == RULE_TYPE_MESSAGE && !path[0])
            check_rules(bed, endpoint, rule->field, rule->rules);
    }
}

static void check_method_rules(struct bed *bed, const struct endpoint *endpoint)
{
    if (endpoint->row->rules)
        check_rules(bed, endpoint, "", endpoint->row->rules);
}

static void holds_every_rule_at_its_edges(void **state)
{
    each_method(*state, check_method_rules);
}

/* ---- bytes that are no request ---- */

static void check_garbage(struct bed *bed, const struct endpoint *endpoint)
{
    static const uint8_t wrong[][6] = {{0x0a, 0x7f, 1}, {0xff, 0xff, 0xff}, {0x0b}, {0x07, 1}};
    struct call *call;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        call = bed_call_as(bed, role_for(endpoint), street_for(bed, endpoint), short_name(endpoint),
                           NULL, "{}");
        call->payload = (ProtobufCBinaryData){sizeof wrong[i], (uint8_t *)wrong[i]};
        call->violations.count = 0;
        assert_int_equal(method_decode(call), STATUS_INVALID_ARGUMENT);
        bed_free(call);
    }
}

static void refuses_bytes_that_are_no_request(void **state)
{
    each_method(*state, check_garbage);
}

/* ---- pages ---- */

/* What a list cannot do without: "\"resource_id\": \"…\",". */
static const char *required_ids(struct bed *bed, const struct endpoint *endpoint)
{
    char *json = mem_text(bed->slot.parent, "");

    for (const struct rule *rule = endpoint->row->rules; rule->type != RULE_END; rule++)
        if (rule->type == RULE_TYPE_UUID && rule->min > 0)
            json =
                mem_printf(bed->slot.parent, "%s\"%s\": \"019336a0-0000-7000-8000-000000000000\",",
                           json, rule->field);
    return json;
}

static void check_page_token(struct bed *bed, const struct endpoint *endpoint)
{
    static const char *const tokens[] = {
        "AAAAAAAAAAAA", "not base64!", "MDE5MzM2YTA",
        "AAAAAAAAAAAwMTkzMzZhMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA"};

    for (size_t i = 0; endpoint->row->page.key && i < sizeof tokens / sizeof *tokens; i++) {
        char *json =
            mem_printf(NULL, "{%s \"pageToken\": \"%s\"}", required_ids(bed, endpoint), tokens[i]);
        struct call *call =
            bed_run(bed, bed_call_as(bed, role_for(endpoint), street_for(bed, endpoint),
                                     short_name(endpoint), NULL, json));
        assert_int_equal(call->status, STATUS_INVALID_ARGUMENT);
        assert_string_equal(call->violations.item[0].field, "page_token");
        bed_free(call);
        talloc_free(json);
    }
}

static void refuses_a_page_token_that_is_not_its_own(void **state)
{
    each_method(*state, check_page_token);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(lets_each_role_call_what_its_row_says_and_nothing_else),
        TEST(lets_nobody_in_without_a_role),
        TEST(wants_a_street_where_the_row_says_so),
        TEST(holds_every_rule_at_its_edges),
        TEST(refuses_bytes_that_are_no_request),
        TEST(refuses_a_page_token_that_is_not_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
