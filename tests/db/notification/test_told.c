/* SPDX-License-Identifier: Apache-2.0 */
/* test_told.c - who is told, and that once */
#include "bed_notification.h"

#include <stdio.h>
#include <string.h>

#include "journal_service.pb-c.h"

#define COMMUNITY "019336a0-0000-7000-8000-0000000000c1"
#define UNIT "019336a0-0000-7000-8000-0000000000a1"
#define OTHER_UNIT "019336a0-0000-7000-8000-0000000000a2"
#define PROGRAMME "019336a0-0000-7000-8000-0000000000d1"
#define SHEET "019336a0-0000-7000-8000-0000000000e1"
#define OCCURRENCE "019336a0-0000-7000-8000-0000000000f1"
#define WANG "019336a0-0000-7000-8000-000000000001"
#define LI "019336a0-0000-7000-8000-000000000002"
#define CHEN "019336a0-0000-7000-8000-000000000003"

static void sign_up(struct bed *bed, const char *person, const char *status)
{
    char id[ID_CHARS + 1];

    id_new(id);
    bed_sql(bed,
            "INSERT INTO notification.sign_up VALUES ('%s', '%s', '" OCCURRENCE "', '%s', '%s', 1)",
            bed->street, id, person, status);
}

/* ---- what is in the inboxes ---- */

static long count(struct bed *bed, const char *holder)
{
    return bed_number(
        bed, "SELECT count(*) FROM notification.message WHERE street = '%s' AND holder = '%s'",
        bed->street, holder);
}

#define SHEET_RETURNED                                                                             \
    "{\"sheet\": {\"sheetId\": \"" SHEET "\", \"programmeId\": \"" PROGRAMME "\", \"unitId\":"     \
    " \"" UNIT "\", \"status\": \"RETURNED\"}, \"action\": \"RETURN\", \"reason\": \"缺两项\"}"
#define NEED_CLAIMED(owner)                                                                        \
    "{\"need\": {\"needId\": \"" SHEET "\", \"title\": \"停车位\"" owner "}, \"claim\":"           \
    " {\"leadUnitId\": \"" OTHER_UNIT "\"}}"
#define NEED_RAISED "{\"need\": {\"title\": \"停车位\"}}"
#define SIGNED_UP(person)                                                                          \
    "{\"signUp\": {\"signUpId\": \"" SHEET "\", \"occurrenceId\": \"" OCCURRENCE "\","             \
    " \"personId\": \"" person "\", \"status\": \"SIGNED_UP\", \"revision\": 1}, \"occurrence\":"  \
    " {\"title\": \"义诊\", \"startTime\": \"2099-06-29T01:00:00Z\"}}"

/* ---- who is told ---- */

static void tells_the_contacts_of_a_unit_that_its_sheet_was_returned(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, WANG, "UNIT_CONTACT", NULL, OTHER_UNIT);
    bed_grant(bed, CHEN, "STREET_STAFF", NULL, NULL);
    bed_grant(bed, "shop", "SHOP", NULL, UNIT);
    bed_happens(bed, (struct happening){"selection.v1.ProgrammeCreated",
                                        "{\"programme\": {\"programmeId\": \"" PROGRAMME
                                        "\", \"name\": \"13355\", \"revision\": 1}}"});
    bed_happens(bed, (struct happening){"selection.v1.TickSheetChanged", SHEET_RETURNED});
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(count(bed, WANG) + count(bed, CHEN) + count(bed, "shop"), 0);
    bed_assert_title(bed, LI, "“13355”勾选单被退回：缺两项",
                     "The tick sheet of \"13355\" was returned: 缺两项");
    bed_assert_journal(bed, 1);
}

static void tells_nobody_twice_of_one_event(void **state)
{
    static const char lapsing[] =
        "{\"agreement\": {\"unitId\": \"" UNIT "\", \"validToOn\": \"2099-12-31\"}}";
    struct bed *bed = *state;
    const struct happening once = {"registry.v1.AgreementLapsing", lapsing, NULL,
                                   "019336a0-0000-7000-8000-0000000000ee"};

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, WANG, "UNIT_CONTACT", NULL, UNIT);
    bed_happens(bed, once);
    bed_happens(bed, once); /* a journal that says it again, under another number */
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(count(bed, WANG), 1);
    bed_assert_journal(bed, 2); /* to the staff, to the contacts */
    bed_happens(bed, (struct happening){"registry.v1.AgreementLapsing", lapsing});
    assert_int_equal(count(bed, LI), 2);
}

static void repeats_nothing_when_its_copies_are_made_anew(void **state)
{
    struct bed *bed = *state;

    bed_happens(bed, (struct happening){"scheduling.v1.SignedUp", SIGNED_UP(LI)});
    assert_int_equal(count(bed, LI), 1);
    bed_sql(bed, "UPDATE notification.follower SET seq = 0 WHERE street = '%s'", bed->street);
    bed_sql(bed, "DELETE FROM notification.sign_up WHERE street = '%s'", bed->street);
    bed_sql(bed, "DELETE FROM notification.message WHERE street = '%s'", bed->street);
    bed_happens(bed, (struct happening){"scheduling.v1.SignedUp", SIGNED_UP(LI)});
    assert_int_equal(count(bed, LI), 0);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.sign_up WHERE street = '%s'",
                                bed->street),
                     1);
    bed_assert_journal(bed, 1);
}

static void does_not_tell_whoever_did_it(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    bed_grant(bed, CHEN, "STREET_STAFF", NULL, NULL);
    bed_happens(bed, (struct happening){"selection.v1.NeedRaised", NEED_RAISED, CHEN});
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(count(bed, CHEN), 0);
}

static void tells_nobody_whose_role_is_not_in_force_today(void **state)
{
    static const struct {
        const char *change;
        int told;
    } cases[] = {
        {"status = 'REVOKED'", 0},  {"until_on = today - 1", 0}, {"until_on = today", 1},
        {"from_on = today + 1", 0}, {"from_on = today", 1},
    };
    struct bed *bed = *state;

    /* where it is tomorrow already, for ten hours of the day */
    bed_sql(bed,
            "UPDATE notification.stream SET time_zone = 'Pacific/Kiritimati' WHERE street = '%s'",
            bed->street);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char holder[20];
        snprintf(holder, sizeof holder, "holder %zu", i);
        bed_grant(bed, holder, "STREET_STAFF", NULL, NULL);
        bed_sql(bed,
                "UPDATE notification.role_grant SET %s FROM (SELECT"
                " (now() AT TIME ZONE 'Pacific/Kiritimati')::date AS today) AS day"
                " WHERE street = '%s' AND holder = '%s'",
                cases[i].change, bed->street, holder);
        bed_happens(bed, (struct happening){"selection.v1.NeedRaised", NEED_RAISED});
        assert_int_equal(count(bed, holder), cases[i].told);
        bed_sql(bed, "DELETE FROM notification.role_grant WHERE street = '%s'", bed->street);
    }
}

static void tells_nobody_who_left(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    sign_up(bed, LI, "SIGNED_UP");
    bed_happens(bed,
                (struct happening){"registry.v1.PersonChanged",
                                   "{\"person\": {\"personId\": \"" LI "\", \"status\": \"LEFT\","
                                   " \"revision\": 2}, \"action\": \"LEAVE\"}"});
    bed_happens(bed, (struct happening){"selection.v1.NeedRaised", NEED_RAISED});
    bed_happens(bed,
                (struct happening){"scheduling.v1.OccurrenceCancelled",
                                   "{\"occurrence\": {\"occurrenceId\": \"" OCCURRENCE "\"}}"});
    bed_happens(bed, (struct happening){"scheduling.v1.Promoted", SIGNED_UP(LI)});
    assert_int_equal(count(bed, LI), 0);
    bed_assert_journal(bed, 0);
}

static void tells_whoever_asks_of_a_claim(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, WANG, "COMMUNITY_STAFF", COMMUNITY, NULL);
    bed_grant(bed, CHEN, "STREET_STAFF", NULL, NULL);
    bed_happens(bed, (struct happening){"selection.v1.NeedClaimed",
                                        NEED_CLAIMED(", \"unitId\": \"" UNIT "\"")});
    assert_int_equal(count(bed, LI), 1);
    bed_happens(bed, (struct happening){"selection.v1.NeedClaimed",
                                        NEED_CLAIMED(", \"communityId\": \"" COMMUNITY "\"")});
    assert_int_equal(count(bed, WANG), 1);
    bed_happens(bed, (struct happening){"selection.v1.NeedClaimed", NEED_CLAIMED("")});
    assert_int_equal(count(bed, CHEN), 1);
    assert_int_equal(count(bed, LI) + count(bed, WANG), 2);
}

static void tells_all_parties_of_a_project(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, CHEN, "UNIT_CONTACT", NULL, OTHER_UNIT);
    bed_grant(bed, WANG, "COMMUNITY_STAFF", COMMUNITY, NULL);
    bed_happens(bed,
                (struct happening){"selection.v1.ProjectStarted",
                                   "{\"project\": {\"title\": \"共享停车场\", \"unitIds\": [\"" UNIT
                                   "\", \"" OTHER_UNIT "\"], \"communityId\": \"" COMMUNITY
                                   "\", \"communityIds\": [\"" COMMUNITY "\"]}}"});
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(count(bed, CHEN), 1);
    assert_int_equal(count(bed, WANG), 1);
    bed_assert_title(bed, WANG, "共建项目“共享停车场”已立项",
                     "The project \"共享停车场\" has started");
    bed_assert_journal(bed, 2);
}

static void tells_every_contact_of_the_programme(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, CHEN, "UNIT_CONTACT", NULL, OTHER_UNIT);
    bed_grant(bed, WANG, "COMMUNITY_STAFF", COMMUNITY, NULL);
    bed_happens(bed,
                (struct happening){"selection.v1.ProgrammeChanged",
                                   "{\"programme\": {\"year\": 2026, \"name\": \"13355\","
                                   " \"tickUntilOn\": \"2099-03-31\"}, \"action\": \"PUBLISH\"}"});
    assert_int_equal(count(bed, LI) + count(bed, CHEN), 2);
    assert_int_equal(count(bed, WANG), 0);
    bed_assert_title(bed, LI, "2026年“13355”已发布，请于2099-03-31前勾选",
                     "The programme \"13355\" of 2026 is published: tick by 2099-03-31");
    bed_happens(
        bed, (struct happening){"selection.v1.ProgrammeChanged",
                                "{\"programme\": {\"name\": \"13355\"}, \"action\": \"CLOSE\"}"});
    bed_assert_journal(bed, 1);
}

/* ---- occurrences ---- */

static void tells_all_who_are_signed_up_that_it_is_cancelled_and_only_that(void **state)
{
    static const char cancelled[] =
        "{\"signUp\": {\"signUpId\": \"" SHEET "\", \"occurrenceId\": \"" OCCURRENCE
        "\", \"personId\": \"" LI "\", \"status\": \"CANCELLED\", \"revision\": 2},"
        " \"occurrence\": {\"title\": \"义诊\", \"status\": \"$\"}}";
    struct bed *bed = *state;
    char json[600];

    bed_happens(bed, (struct happening){"scheduling.v1.SignedUp", SIGNED_UP(LI)});
    bed_assert_title(bed, LI, "您已报名“义诊”，2099-06-29 09:00开始",
                     "You are signed up for \"义诊\" at 2099-06-29 09:00");
    sign_up(bed, WANG, "WAITING");
    sign_up(bed, CHEN, "CANCELLED");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceCancelled",
                                        "{\"occurrence\": {\"occurrenceId\": \"" OCCURRENCE
                                        "\", \"title\": \"义诊\", \"startTime\":"
                                        " \"2099-06-29T01:00:00Z\"}, \"reason\": \"台\\n风\"}"});
    bed_assert_title(bed, WANG, "2099-06-29 09:00的“义诊”已取消：台 风",
                     "\"义诊\" of 2099-06-29 09:00 is cancelled: 台 风");
    assert_int_equal(count(bed, CHEN), 0);

    snprintf(json, sizeof json, "%.*s%s%s", (int)(strchr(cancelled, '$') - cancelled), cancelled,
             "CANCELLED", strchr(cancelled, '$') + 1);
    bed_happens(bed, (struct happening){"scheduling.v1.SignUpCancelled", json});
    assert_int_equal(count(bed, LI), 2);
    snprintf(json, sizeof json, "%.*s%s%s", (int)(strchr(cancelled, '$') - cancelled), cancelled,
             "SCHEDULED", strchr(cancelled, '$') + 1);
    bed_happens(bed, (struct happening){"scheduling.v1.SignUpCancelled", json});
    assert_int_equal(count(bed, LI), 3);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.sign_up WHERE street = '%s'"
                                " AND holder = '" LI "' AND status = 'CANCELLED'",
                                bed->street),
                     1);
}

/* The longest names, and a title and a reason as long as they may be: so many events that several
 * are in a page of the journal. */
static void tells_thousands_in_events_that_are_not_too_large(void **state)
{
    enum { PEOPLE = 3000, BYTES_MAX = 70000 };
    struct bed *bed = *state;
    char title[120 * 4 + 1], reason[500 * 4 + 1], json[4000];

    for (size_t i = 0; i < sizeof reason - 1; i += 4)
        memcpy(reason + i, "𠮷", 5);
    snprintf(title, sizeof title, "%.480s", reason);
    snprintf(json, sizeof json,
             "{\"need\": {\"title\": \"%s\"}, \"action\": \"LEAVE\", \"reason\": \"%s\"}", title,
             reason);
    bed_sql(bed,
            "INSERT INTO notification.role_grant SELECT '%s', gen_random_uuid(), lpad(n::text, 64, "
            "'x'),"
            " 'STREET_STAFF', NULL, NULL, current_date - 9, current_date + 9, 'IN_FORCE', now(), "
            "now(), 1"
            " FROM generate_series(1, %d) n",
            bed->street, PEOPLE);
    bed_happens(bed, (struct happening){"selection.v1.ClaimChanged", json});
    assert_int_equal(bed_number(bed,
                                "SELECT count(DISTINCT holder) FROM notification.message"
                                " WHERE street = '%s'",
                                bed->street),
                     PEOPLE);
    long events = bed_events(bed, "MessagesSent");
    assert_true(events > 3);
    bed_assert_journal(bed, events);
    assert_in_range(bed_number(bed,
                               "SELECT max(octet_length(data)) FROM notification.journal"
                               " WHERE street = '%s'",
                               bed->street),
                    10000, BYTES_MAX);
    for (long seq = 0; seq < events;) {
        struct call *call =
            bed_run(bed, bed_call(bed, "Read", bed_json(bed, "{'afterSeq': '%ld'}", seq)));
        bed_assert_outcome(call, STATUS_OK, "", "");
        seq += (long)((const Journal__ReadResponse *)call->response)->n_events;
        bed_free(call);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_the_contacts_of_a_unit_that_its_sheet_was_returned),
        TEST(tells_nobody_twice_of_one_event),
        TEST(repeats_nothing_when_its_copies_are_made_anew),
        TEST(does_not_tell_whoever_did_it),
        TEST(tells_nobody_whose_role_is_not_in_force_today),
        TEST(tells_nobody_who_left),
        TEST(tells_whoever_asks_of_a_claim),
        TEST(tells_all_parties_of_a_project),
        TEST(tells_every_contact_of_the_programme),
        TEST(tells_all_who_are_signed_up_that_it_is_cancelled_and_only_that),
        TEST(tells_thousands_in_events_that_are_not_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
