/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_far.c - the generic suite of far dates: every method x role x time at or beyond the edges of
 * the contract
 *
 * Every row of the service (SERVICE/reach_rows.c) is called by everybody of reach_caller.h with
 * each field set to such a time whose rule says that it is one, by the tables of rules: so a new
 * field and a new method are in it. What is beyond is refused; to anything else there is an answer,
 * of whatever kind, and soon.
 */
#include "bed.h"

#include <jansson.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/json_shape.h"
#include "libcommon/base/mem.h"
#include "reach_walk.h"

enum { ANSWER_MS = 10000 /* on a busy machine; a hundredth is usual */ };

/* One time in each of the forms that fields have. */
static const struct far {
    const char *instant, *day, *local, *rrule;
    bool is_beyond;
} fars[] = {
    {"1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01T00:00:00", "FREQ=DAILY;UNTIL=19700101",
     false},
    {"2199-12-31T23:59:59.999999Z", "2199-12-31", "2199-12-31T23:59:59",
     "FREQ=DAILY;INTERVAL=366;BYDAY=MO;BYMONTH=2;UNTIL=21991231T235959Z", false},
    {"1969-12-31T23:59:59Z", "1969-12-31", "1969-12-31T23:59:59", "FREQ=DAILY;UNTIL=19691231",
     true},
    {"2200-01-01T00:00:00Z", "2200-01-01", "2200-01-01T00:00:00", "FREQ=DAILY;UNTIL=22000101",
     true},
    {"9999-12-31T23:59:59Z", "9999-12-31", "9999-12-31T23:59:59", "FREQ=DAILY;UNTIL=99991231",
     true},
};

/* The row's request with one of them. */
struct visit {
    struct walk *walk;
    const struct far *far;
};

/* ---- the request ---- */

/* NULL: the field is no time. */
static const char *far_value(const struct rule *rule, const struct far *far)
{
    const struct {
        const char *rule, *value;
    } forms[] = {{"date", far->day}, {"local_time", far->local}, {"rrule", far->rrule}};

    if (rule->type == RULE_TYPE_TIME)
        return far->instant;
    for (size_t i = 0; rule->type == RULE_TYPE_TEST && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(rule->name, forms[i].rule) == 0)
            return forms[i].value;
    return NULL;
}

static void add_to_mask(json_t *mask_of, const char *mask, const char *field)
{
    char camel[JSON_NAME_BYTES];
    const char *key = json_to_camel(mask, camel);
    const char *paths = json_string_value(json_object_get(mask_of, key));
    json_t *longer = json_sprintf("%s,%s", paths, field);

    if (!strstr(paths, field))
        json_object_set(mask_of, key, longer);
    json_decref(longer);
}

/* Sets every time of the object and of those in it; returns how many there are. mask NULL: it is
 * not updated by one. */
static int set_times(json_t *object, const struct rule *rules, const struct far *far,
                     json_t *mask_of, const char *mask)
{
    int count = 0;

    for (const struct rule *rule = rules; rule->type != RULE_END; rule++) {
        const char *value = far_value(rule, far);
        char camel[JSON_NAME_BYTES];
        const char *key = json_to_camel(rule->field, camel);
        json_t *inner = json_object_get(object, key);
        size_t i;
        json_t *entry;
        if (value && mask)
            add_to_mask(mask_of, mask, key);
        if (value)
            count += json_object_set_new(object, key, json_string(value)) == 0;
        else if (rule->type == RULE_TYPE_UPDATE && inner)
            count += set_times(inner, rule->rules, far, object, rule->mask);
        else if (json_is_object(inner) && rule->rules)
            count += set_times(inner, rule->rules, far, NULL, NULL);
        else if (rule->type == RULE_TYPE_MESSAGES)
            json_array_foreach(inner, i, entry) count +=
                set_times(entry, rule->rules, far, NULL, NULL);
    }
    return count;
}

/* NULL: it has no time. */
static char *far_request(const struct walk *walk, const struct far *far)
{
    json_t *json =
        json_loads(ground_json(walk->world, &walk->world->own, walk->row->request), 0, NULL);
    char *text = NULL;

    assert_non_null(json);
    if (walk->endpoint->row->rules &&
        set_times(json, walk->endpoint->row->rules, far, NULL, NULL) > 0) {
        char *dumped = json_dumps(json, 0);
        text = mem_text(walk->world, dumped);
        free(dumped);
    }
    json_decref(json);
    return text;
}

/* ---- how it ends ---- */

static bool ends_well(const struct call *call, const struct far *far)
{
    switch (call->status) {
    case STATUS_PERMISSION_DENIED:
        return true;
    case STATUS_INVALID_ARGUMENT:
        return far->is_beyond || call->violations.count > 0;
    case STATUS_OK:
    case STATUS_NOT_FOUND:
    case STATUS_ALREADY_EXISTS:
    case STATUS_FAILED_PRECONDITION:
        return !far->is_beyond;
    default:
        return false;
    }
}

static void visit_far(struct bed *bed, void *context, const struct reach_caller *caller)
{
    const struct visit *visit = context;
    struct walk *walk = visit->walk;
    const char *json = far_request(walk, visit->far);

    if (!json)
        return;
    caller_enter(bed, walk->world, caller);
    const int64_t began_ms = clock_monotonic_ms();
    struct call *call = walk_call(bed, walk, caller, json);
    const int64_t took_ms = clock_monotonic_ms() - began_ms;
    if (!ends_well(call, visit->far) || took_ms > ANSWER_MS) {
        walk->wrong++;
        print_error("%s %s by %s: ended %s (%s) after %lld ms\n", walk->row->method, json,
                    caller_text(walk->world, caller), status_name(call->status), call->message,
                    (long long)took_ms);
    }
    const bool changed = walk->endpoint->row->command && call->status == STATUS_OK;
    bed_free(call);
    if (changed)
        walk_renew(bed, walk, caller);
}

static void go_far(struct bed *bed, struct walk *walk)
{
    for (size_t i = 0; i < sizeof fars / sizeof *fars; i++) {
        struct visit visit = {walk, &fars[i]};
        each_certificate(bed, visit_far, &visit);
        each_grant(bed, IN_FORCE, IN_FORCE, visit_far, &visit);
    }
}

static void answers_far_dates_whoever_sends_them(void **state)
{
    walk_rows(*state, go_far);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        walk_share(argv[1]);
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(answers_far_dates_whoever_sends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
