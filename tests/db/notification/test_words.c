/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c - what people are told, and the rules that say so */
#include "bed_notification.h"

#include <string.h>

#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"
#include "registry_events.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "scheduling_events.pb-c.h"
#include "selection_events.pb-c.h"
#include "services/notification/follow.h"
#include "services/notification/rule/rules.h"

#define UNIT "019336a0-0000-7000-8000-0000000000a1"
#define OTHER "019336a0-0000-7000-8000-0000000000a2"
#define WANG "019336a0-0000-7000-8000-000000000001"
#define LI "019336a0-0000-7000-8000-000000000002"
#define CHEN "019336a0-0000-7000-8000-000000000003"

static void calls_things_by_the_names_they_have_now(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_happens(bed, (struct happening){"registry.v1.AgreementLapsing",
                                        "{\"agreement\": {\"unitId\": \"" UNIT
                                        "\", \"validToOn\": \"2099-12-31\"}}"});
    bed_assert_title(bed, LI, "…的共建协议将于2099-12-31到期",
                     "The agreement with … lapses after 2099-12-31");
    bed_happens(bed, (struct happening){"registry.v1.UnitUpdated",
                                        "{\"unit\": {\"unitId\": \"" UNIT
                                        "\", \"name\": \"杭州联合银行\", \"revision\": 2}}"});
    bed_happens(bed, (struct happening){"registry.v1.UnitRegistered",
                                        "{\"unit\": {\"unitId\": \"" UNIT
                                        "\", \"name\": \"旧名\", \"revision\": 1}}"});
    bed_happens(bed, (struct happening){"registry.v1.AgreementLapsing",
                                        "{\"agreement\": {\"unitId\": \"" UNIT
                                        "\", \"validToOn\": \"2099-12-31\"}}"});
    bed_assert_title(bed, LI, "杭州联合银行的共建协议将于2099-12-31到期",
                     "The agreement with 杭州联合银行 lapses after 2099-12-31");
}

/* The names that each journal brought, and no others. */
static void forgets_names_before_they_are_copied_anew(void **state)
{
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    struct bed *bed = *state;

    bed_sql(bed,
            "INSERT INTO notification.named (street, object_id, name, service, revision) VALUES"
            " ('%s', '" UNIT "', '沙', 'registry', 1), ('%s', '" OTHER "', '沙', 'selection', 1)",
            bed->street, bed->street);
    bed_sql(bed, "INSERT INTO notification.follower VALUES ('%s', 'selection', 7, 7)", bed->street);
    struct call *call = bed_run(bed, bed_call_by(bed, operator, bed->street, "Rebuild", NULL,
                                                 "{\"service\": \"selection\"}"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.named WHERE street = '%s'"
                                " AND object_id = '" UNIT "'",
                                bed->street),
                     1);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM notification.named WHERE street = '%s'", bed->street),
        1);
}

static const int64_t in_2099 = 4070908800; /* seconds of an instant */

/* Something for a field: what the end of its name says it is. */
static char *text_for(const ProtobufCFieldDescriptor *field)
{
    static const struct {
        const char *end, *text;
    } kinds[] = {
        {"_id", UNIT},
        {"_ids", UNIT},
        {"_on", "2099-06-29"},
        {"_local", "2099-06-29T09:00:00"},
    };
    const char *const behind = field->name + strlen(field->name);

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(field->name) > strlen(kinds[i].end) &&
            strcmp(behind - strlen(kinds[i].end), kinds[i].end) == 0)
            return (char *)kinds[i].text;
    return (char *)"沙";
}

static void fill(const void *parent, ProtobufCMessage *message, int depth);

static void fill_field(const void *parent, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, int depth)
{
    char *to = (char *)message + field->offset;
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

    if (field->type == PROTOBUF_C_TYPE_STRING && repeated) {
        *(char ***)to = mem_array(parent, char *, 1);
        **(char ***)to = text_for(field);
        *(size_t *)((char *)message + field->quantifier_offset) = 1;
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        *(char **)to = text_for(field);
    } else if (field->type == PROTOBUF_C_TYPE_UINT32) {
        *(uint32_t *)to = 7;
    } else if (field->type == PROTOBUF_C_TYPE_INT64) {
        *(int64_t *)to = in_2099;
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && !repeated && depth > 0) {
        *(ProtobufCMessage **)to = wire_new(parent, field->descriptor);
        fill(parent, *(ProtobufCMessage **)to, depth - 1);
    }
}

/* Puts something into every field, so many messages deep. */
static void fill(const void *parent, ProtobufCMessage *message, int depth)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        fill_field(parent, message, &message->descriptor->fields[i], depth);
}

/* What the rule asks for beside its type of event and its action. */
static void change(ProtobufCMessage *event, const struct notify_rule *rule)
{
    if (rule->differ.a) {
        void *instant = (void *)path_value(event, rule->differ.a);
        (*(Google__Protobuf__Timestamp **)instant)->seconds += 3600;
    }
    if (rule->causes[0])
        *(const char **)(void *)path_value(event, "cause.rule") = rule->causes[0];
    if (rule->when.path)
        *(int *)(void *)path_value(event, rule->when.path) = rule->when.value;
    if (rule->changes) {
        void *mask = (void *)path_value(event, "changed");
        (*(Google__Protobuf__FieldMask **)mask)->paths[0] = (char *)rule->changes;
    }
}

/* An event that the rule is for. */
static ProtobufCMessage *event_for(const void *parent, const struct notify_rule *rule)
{
    ProtobufCMessage *event = wire_new(parent, rule->event);

    fill(parent, event, 2);
    change(event, rule);
    if (path_field(rule->event, "role_grant")) { /* the runtime keeps it, too */
        Registry__RoleGrant *grant = *(Registry__RoleGrant *const *)path_value(event, "role_grant");
        grant->role = BUS__ROLE__ROLE_UNIT_CONTACT;
        grant->status = REGISTRY__ROLE_GRANT_STATUS__ROLE_GRANT_STATUS_IN_FORCE;
        grant->community_id = (char *)"";
    }
    return event;
}

/* Of all books; NULL behind the last. */
static const struct notify_rule *rule_at(size_t index)
{
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct notify_rule *rule = (*book)->rules; rule->name; rule++)
            if (index-- == 0)
                return rule;
    return NULL;
}

static void words_every_rule(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, WANG, "COMMUNITY_STAFF", UNIT, NULL);
    bed_grant(bed, CHEN, "STREET_STAFF", NULL, NULL);
    bed_sql(bed,
            "INSERT INTO notification.sign_up VALUES ('%s', '" OTHER "', '" UNIT "', '" LI
            "', 'WAITING', 1)",
            bed->street);
    for (size_t i = 0; rule_at(i); i++) {
        const struct notify_rule *rule = rule_at(i);
        void *memory = talloc_new(NULL);
        const struct happening what = {rule->event->name + strlen("jusha.")};
        bed_happens_with(bed, &what, event_for(memory, rule));
        talloc_free(memory);
        if (bed_number(bed,
                       "SELECT count(*) FROM notification.message WHERE street = '%s' AND rule ="
                       " '%s' AND title_zh !~ '[{}]' AND title_en !~ '[{}]'",
                       bed->street, rule->name) == 0)
            fail_msg("%s told nobody", rule->name);
    }
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.journal WHERE street = '%s'"
                                " AND type <> 'jusha.notification.v1.MessagesSent'",
                                bed->street),
                     0);
}

static void refuses_rules_that_do_not_fit_the_contract(void **state)
{
#define ON_NEED .name = "a", .event = &selection__need_raised__descriptor
#define TITLES .title_zh = "{need.title}", .title_en = "{need.quantity}"
    static const struct notify_rule wrong[][2] = {
        {{.name = "a", .event = &selection__need_updated__descriptor}},
        {{ON_NEED, TITLES}},
        {{ON_NEED, TITLES, .audiences = {{NOTIFICATION__AUDIENCE__AUDIENCE_PERSON}}}},
        {{ON_NEED, TITLES, .audiences = {{NOTIFICATION__AUDIENCE__AUDIENCE_PERSON, "need.x"}}}},
        {{ON_NEED, TITLES, .audiences = {{NOTIFICATION__AUDIENCE__AUDIENCE_PERSON, "need"}}}},
        {{ON_NEED, TITLES, .audiences = {{NOTIFICATION__AUDIENCE__AUDIENCE_OWNER, "need.title"}}}},
        {{ON_NEED, TITLES, .audiences = {{NOTIFICATION__AUDIENCE__AUDIENCE_STREET_STAFF, "need"}}}},
        {{ON_NEED, TITLES, .when = {"action", 1}, .audiences = {{1}}}},
        {{ON_NEED, TITLES, .unless = {"need.status", 99}, .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "{need.name}", .title_en = "-", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "{need.title", .title_en = "-", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "-", .title_en = "{need}", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "-", .audiences = {{1}}}},
        {{.name = "a",
          .event = &scheduling__occurrence_cancelled__descriptor,
          .title_zh = "{occurrence.title}",
          .title_en = "{occurrence.start_time}",
          .audiences = {{1}}}},
        /* asks, names a day, names an instant: until when? */
        {{ON_NEED, .title_zh = "请认领", .title_en = "-", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "-", .title_en = "please claim", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "-", .title_en = "{need.deadline_on}", .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "{need.create_time}", .title_en = "-", .audiences = {{1}}}},
        {{ON_NEED, TITLES, .until = {"need.quantity"}, .audiences = {{1}}}},
        {{ON_NEED, TITLES, .keeps = "title", .audiences = {{1}}}},
        {{ON_NEED, TITLES, .has = "need.quantity", .audiences = {{1}}}},
        {{ON_NEED, TITLES, .until = {"need.wanted_to_on", "need.x"}, .audiences = {{1}}}},
        {{ON_NEED, .title_zh = "请认领", .title_en = "-", .until = {"need.wanted_to_on"},
          .whenever = "why both?", .audiences = {{1}}}},
    };
    static const struct notify_rule right[] = {{ON_NEED, TITLES, .audiences = {{1}}}, {0}};
    void *memory = talloc_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!notify_rules_check(memory, wrong[i], notification_follows))
            fail_msg("rule %zu passed", i);
    assert_null(notify_rules_check(memory, right, notification_follows));
    talloc_free(memory);
}

static void asks_of_every_event_whether_it_tells_anybody(void **state)
{
    static const struct silence nothing[] = {{0}};
    void *memory = talloc_new(NULL);
    struct rule_book forgetful = registry_rules, doubtful = registry_rules;
    const struct silence both[] = {{&registry__role_granted__descriptor, "doubt"}, {0}};

    (void)state;
    assert_null(rule_books_check(memory, rule_books, notification_follows));
    forgetful.silent = nothing;
    assert_non_null(rule_book_check(memory, &forgetful, notification_follows));
    doubtful.silent = both;
    assert_non_null(rule_book_check(memory, &doubtful, notification_follows));
    talloc_free(memory);
}

static void asks_of_every_journal_that_is_followed_for_its_book(void **state)
{
    static const struct rule_book *const fewer[] = {&registry_rules, &selection_rules, NULL};
    void *memory = talloc_new(NULL);

    (void)state;
    const char *wrong = rule_books_check(memory, fewer, notification_follows);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "scheduling"));
    talloc_free(memory);
}

static void lists_its_rules_each_under_a_name_of_its_own(void **state)
{
    struct bed *bed = *state;
    struct call *call = bed_run(bed, bed_call(bed, "ListRules", "{}"));
    const Notification__ListRulesResponse *response = call->response;

    assert_int_equal(call->status, STATUS_OK);
    for (size_t i = 0; i < response->n_rules; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(response->rules[i]->name, response->rules[j]->name);
    assert_string_equal(response->rules[0]->name, "unit_suspended");
    assert_string_equal(response->rules[0]->service, "registry");
    assert_string_equal(response->rules[0]->when, "action = SUSPEND");
    bed_free(call);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(calls_things_by_the_names_they_have_now),
        TEST(forgets_names_before_they_are_copied_anew),
        TEST(words_every_rule),
        TEST(refuses_rules_that_do_not_fit_the_contract),
        TEST(asks_of_every_event_whether_it_tells_anybody),
        TEST(asks_of_every_journal_that_is_followed_for_its_book),
        TEST(lists_its_rules_each_under_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
