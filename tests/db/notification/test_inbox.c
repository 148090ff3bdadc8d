/* SPDX-License-Identifier: Apache-2.0 */
/* test_inbox.c - an inbox is its holder's alone; what is read, and up to where */
#include "bed_notification.h"
#include "notification_message.pb-c.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "services/notification/contract.h"
#include "services/notification/notification.h"

#define WANG "019336a0-0000-7000-8000-000000000001"
#define LI "019336a0-0000-7000-8000-000000000002"
#define NOBODYS "019336a0-0000-7000-8000-000000000009"

/* A copy of json with value in the place of '$'; four of them live at a time. */
static const char *with(const char *json, const char *value)
{
    static char text[4][600];
    static int next;
    const char *place = strchr(json, '$');

    assert_non_null(place);
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%.*s%s%s", (int)(place - json), json, value,
             place + 1);
    return text[next];
}

/* So many messages come into the inbox of each who has this role. */
static void tell(struct bed *bed, int messages)
{
    for (int i = 0; i < messages; i++)
        bed_happens(bed, (struct happening){"selection.v1.NeedRaised",
                                            "{\"need\": {\"title\": \"停车位\"}}"});
}

/* The id of the holder's nth message; the newest is 0. */
static const char *nth(struct bed *bed, const char *holder, int n)
{
    char *sql = mem_printf(bed->slot.parent,
                           "SELECT message_id FROM notification.message WHERE street = '%s'"
                           " AND holder = '%s' ORDER BY message_id DESC OFFSET %d LIMIT 1",
                           bed->street, holder, n);
    PGresult *result = PQexec(bed->admin, sql);

    assert_int_equal(PQntuples(result), 1);
    char *id = mem_text(sql, PQgetvalue(result, 0, 0));
    PQclear(result);
    return id;
}

/* Pages through an inbox; how many it holds, each newer than the next. */
static size_t page_through(struct bed *bed, const char *holder, bool unread_only)
{
    char token[400] = "", last[ID_CHARS + 1] = "g", json[600];
    size_t messages = 0;

    do {
        snprintf(json, sizeof json, "{\"unreadOnly\": %s, \"pageSize\": 3, \"pageToken\": \"%s\"}",
                 unread_only ? "true" : "false", token);
        struct call *call = bed_run(bed, bed_call_for(bed, holder, "ListMessages", json));
        const Notification__ListMessagesResponse *response = call->response;
        bed_assert_outcome(call, STATUS_OK, "", "");
        for (size_t i = 0; i < response->n_messages; i++, messages++) {
            assert_string_equal(response->messages[i]->holder, holder);
            assert_true(strcmp(response->messages[i]->message_id, last) < 0);
            snprintf(last, sizeof last, "%s", response->messages[i]->message_id);
        }
        snprintf(token, sizeof token, "%s", response->next_page_token);
        bed_free(call);
    } while (token[0]);
    return messages;
}

static uint32_t unread(struct bed *bed, const char *holder)
{
    struct call *call = bed_run(bed, bed_call_for(bed, holder, "CountUnread", "{}"));

    bed_assert_outcome(call, STATUS_OK, "", "");
    uint32_t number = ((Notification__CountUnreadResponse *)call->response)->unread;
    bed_free(call);
    return number;
}

/* What MarkRead or MarkAllRead says that it marked; the two responses are alike. */
static uint32_t mark(struct bed *bed, const char *holder, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call_for(bed, holder, method, json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    uint32_t marked = ((Notification__MarkReadResponse *)call->response)->marked;
    bed_free(call);
    return marked;
}

static void assert_not_found(struct bed *bed, const char *holder, const char *method,
                             const char *json, const char *field)
{
    struct call *call = bed_run(bed, bed_call_for(bed, holder, method, json));

    bed_assert_outcome(call, STATUS_NOT_FOUND, field, "exists");
    bed_free(call);
}

static void two_of_the_staff(struct bed *bed)
{
    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    bed_grant(bed, WANG, "STREET_STAFF", NULL, NULL);
}

static void lists_the_newest_first_and_the_unread_alone(void **state)
{
    struct bed *bed = *state;

    two_of_the_staff(bed);
    tell(bed, 8);
    assert_int_equal(page_through(bed, LI, false), 8);
    assert_int_equal(page_through(bed, LI, true), 8);
    assert_int_equal(mark(bed, LI, "MarkRead", with("{\"messageIds\": [\"$\"]}", nth(bed, LI, 2))),
                     1);
    assert_int_equal(page_through(bed, LI, false), 8);
    assert_int_equal(page_through(bed, LI, true), 7);
    assert_int_equal(page_through(bed, WANG, true), 8);
}

static void shows_an_inbox_to_its_holder_alone(void **state)
{
    struct bed *bed = *state;

    two_of_the_staff(bed);
    tell(bed, 1);
    const char *id = nth(bed, LI, 0);
    struct call *call =
        bed_run(bed, bed_call_for(bed, LI, "GetMessage", with("{\"messageId\": \"$\"}", id)));
    bed_assert_outcome(call, STATUS_OK, "", "");
    const Notification__Message *message =
        ((Notification__GetMessageResponse *)call->response)->message;
    assert_string_equal(message->holder, LI);
    assert_string_equal(message->title_zh, "新的需求：停车位");
    assert_string_equal(message->service, "selection");
    assert_string_equal(message->event_type, "jusha.selection.v1.NeedRaised");
    assert_string_equal(message->facts->facts[0]->path, "need.title");
    assert_string_equal(message->facts->facts[0]->value, "停车位");
    assert_int_equal(message->seq, 1);
    assert_non_null(message->event_time);
    assert_null(message->read_time);
    bed_free(call);

    assert_not_found(bed, WANG, "GetMessage", with("{\"messageId\": \"$\"}", id), "message_id");
    assert_not_found(bed, WANG, "MarkRead", with("{\"messageIds\": [\"$\"]}", id), "message_ids");
    assert_not_found(bed, WANG, "MarkAllRead", with("{\"upToMessageId\": \"$\"}", id),
                     "up_to_message_id");
    /* a certificate has an inbox of its own, whatever its role may do elsewhere */
    bed_refused(bed, "GetMessage", with("{\"messageId\": \"$\"}", id), STATUS_NOT_FOUND,
                "message_id", "exists");
    bed_refused(bed, "MarkRead", with("{\"messageIds\": [\"$\"]}", id), STATUS_NOT_FOUND,
                "message_ids", "exists");
    assert_int_equal(unread(bed, LI), 1);
}

static const char *both(struct bed *bed, const char *one, const char *other)
{
    return mem_printf(bed->slot.parent, "{\"messageIds\": [\"%s\", \"%s\"]}", one, other);
}

static void marks_nothing_when_one_of_the_messages_is_not_there(void **state)
{
    struct bed *bed = *state;

    two_of_the_staff(bed);
    tell(bed, 1);
    const char *own = nth(bed, LI, 0);

    assert_not_found(bed, LI, "MarkRead", both(bed, own, NOBODYS), "message_ids[1]");
    assert_not_found(bed, LI, "MarkRead", both(bed, own, nth(bed, WANG, 0)), "message_ids");
    assert_not_found(bed, LI, "MarkAllRead", "{\"upToMessageId\": \"" NOBODYS "\"}",
                     "up_to_message_id");
    assert_int_equal(unread(bed, LI), 1);
    bed_assert_journal(bed, 1);
}

/* As if all that happened so far had been told by a process whose clock was ahead. */
static void tell_ahead(struct bed *bed, int64_t seconds)
{
    static const char *const ids[][2] = {{"message", "message_id"}, {"journal", "id"}};

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        bed_sql(
            bed,
            "UPDATE notification.%s SET %s = (lpad(to_hex(('x' || left(replace(%s::text, '-',"
            " ''), 12))::bit(48)::bigint + %lld), 12, '0') || substr(replace(%s::text, '-', ''),"
            " 13))::uuid WHERE street = '%s'",
            ids[i][0], ids[i][1], ids[i][1], (long long)seconds * 1000, ids[i][1], bed->street);
}

/* A steward with a slower clock, or a clock that was wrong and is right again, goes on behind what
 * is there: "all up to this one" are those that were there when this one came. */
static void marks_only_what_came_before_whatever_clocks_say(void **state)
{
    static const int64_t ahead_s[] = {50, 3600, INT64_C(40) * 86400};
    struct bed *bed = *state;

    two_of_the_staff(bed);
    for (size_t i = 0; i < sizeof ahead_s / sizeof *ahead_s; i++) {
        tell(bed, 1);
        tell_ahead(bed, ahead_s[i]);
        const char *seen = nth(bed, LI, 0);
        tell(bed, 2);
        assert_true(strcmp(nth(bed, LI, 1), seen) > 0);
        mark(bed, LI, "MarkAllRead", with("{\"upToMessageId\": \"$\"}", seen));
        assert_int_equal(unread(bed, LI), 2);
        mark(bed, LI, "MarkAllRead", with("{\"upToMessageId\": \"$\"}", nth(bed, LI, 0)));
        assert_int_equal(unread(bed, LI), 0);
    }
}

static void keeps_the_time_when_it_was_read_first(void **state)
{
    struct bed *bed = *state;
    char json[200];

    two_of_the_staff(bed);
    tell(bed, 2);
    snprintf(json, sizeof json, "{\"messageIds\": [\"%s\"]}", nth(bed, LI, 1));
    assert_int_equal(mark(bed, LI, "MarkRead", json), 1);
    bed_sql(bed,
            "UPDATE notification.message SET read_time = '2026-01-01' WHERE street = '%s'"
            " AND read_time IS NOT NULL",
            bed->street);
    assert_int_equal(mark(bed, LI, "MarkRead", json), 0);
    bed_assert_journal(bed, 3); /* nothing new, nothing said */
    snprintf(json, sizeof json, "{\"messageIds\": [\"%s\", \"%s\", \"%s\"]}", nth(bed, LI, 1),
             nth(bed, LI, 0), nth(bed, LI, 0));
    assert_int_equal(mark(bed, LI, "MarkRead", json), 1);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.message WHERE street = '%s'"
                                " AND read_time = '2026-01-01'",
                                bed->street),
                     1);
    assert_int_equal(unread(bed, LI), 0);
    assert_int_equal(unread(bed, WANG), 2);
    bed_assert_journal(bed, 4);
}

static void leaves_unread_what_came_after_the_message_that_was_seen(void **state)
{
    struct bed *bed = *state;

    two_of_the_staff(bed);
    tell(bed, 5);
    const char *seen = with("{\"upToMessageId\": \"$\"}", nth(bed, LI, 2));
    assert_int_equal(mark(bed, LI, "MarkAllRead", seen), 3);
    assert_int_equal(mark(bed, LI, "MarkAllRead", seen), 0);
    assert_int_equal(page_through(bed, LI, true), 2);
    assert_int_equal(unread(bed, LI), 2);
    assert_int_equal(unread(bed, WANG), 5);
    bed_assert_journal(bed, 6);
}

static void counts_no_further_than_a_thousand(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    assert_int_equal(unread(bed, LI), 0);
    bed_sql(bed,
            "INSERT INTO notification.message (street, message_id, holder, rule, event_id, service,"
            " seq, event_type, subject, event_time, title_zh, title_en, create_time)"
            " SELECT '%s', gen_random_uuid(), '" LI "', 'x', gen_random_uuid(), 'x', 1, 'x', 'x',"
            " now(), 'x', 'x', now() FROM generate_series(1, 1200)",
            bed->street);
    assert_int_equal(unread(bed, LI), 1000);
}

/* 200 messages with long reasons are more than a response may hold. */
static void cuts_a_page_before_it_outgrows_a_message(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    bed_sql(bed,
            "INSERT INTO notification.message (street, message_id, holder, rule, event_id, service,"
            " seq, event_type, subject, event_time, title_zh, title_en, create_time)"
            " SELECT '%s', gen_random_uuid(), '" LI "', 'x', gen_random_uuid(), 'x', 1, 'x', 'x',"
            " now(), repeat('沙', 600), repeat('沙', 600), now() FROM generate_series(1, 200)",
            bed->street);
    struct call *call = bed_run(bed, bed_call_for(bed, LI, "ListMessages", "{\"pageSize\": 200}"));
    const Notification__ListMessagesResponse *response = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_true(call->reply.len < RESPONSE_BYTES_MAX);
    assert_true(response->n_messages > 10 && response->n_messages < 200);
    assert_true(response->next_page_token[0]);
    bed_free(call);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(lists_the_newest_first_and_the_unread_alone),
        TEST(shows_an_inbox_to_its_holder_alone),
        TEST(marks_nothing_when_one_of_the_messages_is_not_there),
        TEST(marks_only_what_came_before_whatever_clocks_say),
        TEST(keeps_the_time_when_it_was_read_first),
        TEST(leaves_unread_what_came_after_the_message_that_was_seen),
        TEST(counts_no_further_than_a_thousand),
        TEST(cuts_a_page_before_it_outgrows_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
