/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_races.c - many people at once, by two brokers and two processes of each service
 *
 * Whoever is first wins, exactly one, and everybody else is told why; what is left behind is what
 * one after the other would have left.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "tests/system/talk.h"

enum { CROWD = 50, PEOPLE = 100 };

struct people {
    struct talker *staff;         /* who has set everything up: knows all positions */
    struct talker *client[CROWD]; /* of the same staff, each with a connection of its own */
    const char *person_id[PEOPLE];
    const char *community_id;
    const char *unit_id[3];
};

static const char *fresh_name(struct bed *bed)
{
    char *name = mem_bytes(bed->memory, ID_CHARS + 1);

    id_new(name);
    return name;
}

static const char *new_unit(struct bed *bed, struct talker *staff)
{
    struct answer unit =
        must(staff, "RegisterUnit", "{\"unit\": {\"name\": \"%s\", \"kind\": \"ENTERPRISE\"}}",
             fresh_name(bed));

    return text_of(&unit, "unit.unit_id");
}

/* Ends with talloc_free: sockets are counted. */
static struct people *gather(struct bed *bed)
{
    struct people *people = mem_new(bed->memory, struct people);
    struct talker *staff = people->staff = talloc_steal(people, talker_new(bed, STAFF, ""));
    struct answer community =
        must(staff, "CreateCommunity", "{\"community\": {\"name\": \"%s\"}}", fresh_name(bed));

    people->community_id = text_of(&community, "community.community_id");
    for (size_t i = 0; i < sizeof people->unit_id / sizeof *people->unit_id; i++)
        people->unit_id[i] = new_unit(bed, staff);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct answer person = must(staff, "RegisterPerson",
                                    "{\"person\": {\"name\": \"志愿者\", \"kind\": \"VOLUNTEER\","
                                    " \"communityId\": \"%s\"}}",
                                    people->community_id);
        people->person_id[i] = text_of(&person, "person.person_id");
    }
    for (size_t i = 0; i < CROWD; i++)
        people->client[i] = talloc_steal(people, talker_new(bed, STAFF, ""));
    return people;
}

/* "2026-12-01T09:00:00" so many days from now. */
static const char *local_in(struct bed *bed, int days)
{
    time_t then = time(NULL) + (time_t)days * 86400;
    struct tm day;

    gmtime_r(&then, &day);
    return mem_printf(bed->memory, "%04d-%02d-%02dT09:00:00", day.tm_year + 1900, day.tm_mon + 1,
                      day.tm_mday);
}

/* Publishes an activity that takes place once, and returns its occurrence. */
static const char *new_occurrence(struct bed *bed, const struct people *people, int capacity,
                                  int waitlist)
{
    struct answer activity =
        must(people->staff, "CreateActivity",
             "{\"activity\": {\"title\": \"健康小屋\", \"kind\": \"SERVICE_POINT\", "
             "\"communityId\": \"%s\","
             " \"schedule\": {\"firstStartLocal\": \"%s\", \"durationMinutes\": 120},"
             " \"capacity\": %d, \"waitlist\": %d}}",
             people->community_id, local_in(bed, 10), capacity, waitlist);
    const char *activity_id = text_of(&activity, "activity.activity_id");

    must(people->staff, "ChangeActivity",
         "{\"activityId\": \"%s\", \"action\": \"PUBLISH\", \"revision\": 1}", activity_id);
    PGresult *rows =
        PQexec(bed->database, mem_printf(bed->memory,
                                         "SELECT occurrence_id FROM scheduling.occurrence"
                                         " WHERE activity_id = '%s'",
                                         activity_id));
    assert_int_equal(PQntuples(rows), 1);
    const char *id = mem_text(bed->memory, PQgetvalue(rows, 0, 0));
    PQclear(rows);
    return id;
}

static struct answer sign_up(struct talker *talker, const char *occurrence, const char *person)
{
    return talk(talker, "SignUpPerson", "{\"occurrenceId\": \"%s\", \"personId\": \"%s\"}",
                occurrence, person);
}

/* Everybody knows what the staff did. */
static void tell_all(struct people *people)
{
    for (size_t i = 0; i < CROWD; i++)
        (void)talk(people->client[i], "ListActivities", "{\"pageSize\": 1}");
}

/* ---- the last place ---- */

static void gives_the_last_place_to_one_of_fifty_clients(void **state)
{
    enum { CAPACITY = 10 };
    struct bed *bed = *state;
    struct people *people = gather(bed);
    const char *occurrence = new_occurrence(bed, people, CAPACITY, CROWD);
    uint64_t number[CROWD];
    bool place_taken[CROWD + 1] = {false};
    int in = 0;

    for (int i = 0; i < CAPACITY - 1; i++)
        assert_string_equal(text_of((struct answer[]){sign_up(people->staff, occurrence,
                                                              people->person_id[CROWD + i])},
                                    "sign_up.status"),
                            "SIGNED_UP");
    tell_all(people);
    for (size_t i = 0; i < CROWD; i++)
        number[i] = talk_send(people->client[i], "SignUpPerson",
                              "{\"occurrenceId\": \"%s\", \"personId\": \"%s\"}", occurrence,
                              people->person_id[i]);
    for (size_t i = 0; i < CROWD; i++) {
        struct answer answer = talk_take(people->client[i], number[i]);
        assert_int_equal(answer.status, STATUS_OK);
        if (strcmp(text_of(&answer, "sign_up.status"), "SIGNED_UP") == 0) {
            in++;
            continue;
        }
        assert_string_equal(text_of(&answer, "sign_up.status"), "WAITING");
        long place = number_of(&answer, "sign_up.place");
        assert_in_range(place, 1, CROWD - 1);
        assert_false(place_taken[place]);
        place_taken[place] = true;
    }
    assert_int_equal(in, 1);
    assert_int_equal(
        bed_number(bed, "SELECT taken FROM scheduling.occurrence WHERE occurrence_id = '%s'",
                   occurrence),
        CAPACITY);
    /* Places are in the order in which the journal says that they came. */
    assert_int_equal(
        bed_number(
            bed,
            "SELECT count(*) FROM (SELECT s.place, lag(s.place) OVER (ORDER BY j.seq) AS before"
            " FROM scheduling.journal j JOIN scheduling.sign_up s ON s.street = j.street"
            " AND s.sign_up_id::text = j.subject WHERE s.occurrence_id = '%s'"
            " AND s.status = 'WAITING' AND j.type LIKE '%%.Waitlisted') w WHERE place <= before",
            occurrence),
        0);
    talloc_free(people);
}

static void lets_nobody_in_twice(void **state)
{
    struct bed *bed = *state;
    struct people *people = gather(bed);
    const char *occurrence = new_occurrence(bed, people, CROWD, 0);
    uint64_t number[CROWD];
    int in = 0;

    tell_all(people);
    for (size_t i = 0; i < CROWD; i++)
        number[i] = talk_send(people->client[i], "SignUpPerson",
                              "{\"occurrenceId\": \"%s\", \"personId\": \"%s\"}", occurrence,
                              people->person_id[0]);
    for (size_t i = 0; i < CROWD; i++) {
        struct answer answer = talk_take(people->client[i], number[i]);
        in += answer.status == STATUS_OK;
        assert_true(answer.status == STATUS_OK || answer.status == STATUS_ALREADY_EXISTS);
    }
    assert_int_equal(in, 1);
    talloc_free(people);
}

/* ---- cancel and promote ---- */

static long count_sign_ups(struct bed *bed, const char *occurrence, const char *status)
{
    return bed_number(
        bed, "SELECT count(*) FROM scheduling.sign_up WHERE occurrence_id = '%s' AND status = '%s'",
        occurrence, status);
}

static void promotes_while_people_come_and_go(void **state)
{
    enum { CAPACITY = 15 };
    struct bed *bed = *state;
    struct people *people = gather(bed);
    const char *occurrence = new_occurrence(bed, people, CAPACITY, CROWD);
    struct answer first[CAPACITY];
    uint64_t number[CROWD], cancel[CAPACITY];

    for (size_t i = 0; i < CAPACITY; i++) {
        first[i] = sign_up(people->staff, occurrence, people->person_id[CROWD + i]);
        assert_int_equal(first[i].status, STATUS_OK);
    }
    tell_all(people);
    for (size_t i = 0; i < CROWD; i++) {
        number[i] = talk_send(people->client[i], "SignUpPerson",
                              "{\"occurrenceId\": \"%s\", \"personId\": \"%s\"}", occurrence,
                              people->person_id[i]);
        if (i % 5 == 0 && i / 5 < CAPACITY) /* meanwhile others leave */
            cancel[i / 5] =
                talk_send(people->client[(i + 1) % CROWD], "ChangeSignUp",
                          "{\"signUpId\": \"%s\", \"action\": \"CANCEL\", \"revision\": 1}",
                          text_of(&first[i / 5], "sign_up.sign_up_id"));
    }
    for (size_t i = 0; i < CROWD; i++) {
        struct answer answer = talk_take(people->client[i], number[i]);
        assert_int_equal(answer.status, STATUS_OK);
        if (i % 5 == 0) {
            answer = talk_take(people->client[(i + 1) % CROWD], cancel[i / 5]);
            assert_int_equal(answer.status, STATUS_OK);
        }
    }
    assert_int_equal(count_sign_ups(bed, occurrence, "SIGNED_UP"), CAPACITY);
    assert_int_equal(count_sign_ups(bed, occurrence, "CANCELLED"), CROWD / 5);
    assert_int_equal(count_sign_ups(bed, occurrence, "WAITING"), CROWD - CROWD / 5);
    assert_int_equal(
        bed_number(bed,
                   "SELECT count(*) FROM scheduling.occurrence o WHERE occurrence_id = '%s' AND"
                   " (taken, waiting) = (SELECT count(*) FILTER (WHERE status = 'SIGNED_UP'),"
                   " count(*) FILTER (WHERE status = 'WAITING') FROM scheduling.sign_up s"
                   " WHERE s.street = o.street AND s.occurrence_id = o.occurrence_id)",
                   occurrence),
        1);
    /* Nobody was promoted past somebody who came before. */
    assert_int_equal(
        bed_number(
            bed,
            "WITH o AS (SELECT s.sign_up_id, min(j.seq) FILTER (WHERE j.type LIKE '%%.Waitlisted') "
            "AS came,"
            " min(j.seq) FILTER (WHERE j.type LIKE '%%.Promoted') AS promoted"
            " FROM scheduling.sign_up s JOIN scheduling.journal j ON j.street = s.street"
            " AND j.subject = s.sign_up_id::text WHERE s.occurrence_id = '%s' GROUP BY 1)"
            " SELECT count(*) FROM o a JOIN o b ON a.came < b.came AND b.promoted IS NOT NULL"
            " AND (a.promoted IS NULL OR a.promoted > b.promoted)",
            occurrence),
        0);
    talloc_free(people);
}

/* ---- overlapping bookings ---- */

static void books_one_of_fifty_overlapping_times(void **state)
{
    struct bed *bed = *state;
    struct people *people = gather(bed);
    struct answer resource = must(
        people->staff, "OfferResource",
        "{\"resource\": {\"communityId\": \"%s\", \"name\": \"篮球场\", \"category\": \"VENUE\","
        " \"capacity\": 20, \"conditions\": {\"everyone\": true}}}",
        people->community_id);
    const char *resource_id = text_of(&resource, "resource.resource_id"), *winner = NULL;
    const char *day = mem_check(talloc_strndup(bed->memory, local_in(bed, 20), 10));
    uint64_t number[CROWD];
    struct answer answer[CROWD];

    /* So that every client's scheduling has the resource. */
    (void)must(people->staff, "ListBookings", "{\"resourceId\": \"%s\"}", resource_id);
    for (size_t i = 0; i < CROWD; i++)
        number[i] =
            talk_send(people->client[i], "BookResource",
                      "{\"booking\": {\"resourceId\": \"%s\", \"communityId\": \"%s\","
                      " \"startTime\": \"%sT08:%02zu:00Z\", \"endTime\": \"%sT10:00:00Z\"}}",
                      resource_id, people->community_id, day, i, day);
    for (size_t i = 0; i < CROWD; i++) {
        answer[i] = talk_take(people->client[i], number[i]);
        if (answer[i].status != STATUS_OK)
            continue;
        assert_null(winner);
        winner = text_of(&answer[i], "booking.booking_id");
    }
    assert_non_null(winner);
    for (size_t i = 0; i < CROWD; i++) {
        if (answer[i].status == STATUS_OK)
            continue;
        assert_int_equal(answer[i].status, STATUS_FAILED_PRECONDITION);
        assert_string_equal(answer[i].rule, "booked");
        assert_non_null(strstr(answer[i].message, winner));
    }
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.booking WHERE resource_id = '%s'",
                                resource_id),
                     1);
    talloc_free(people);
}

/* ---- one sheet, two staff ---- */

static void lets_one_of_two_staff_confirm_a_sheet(void **state)
{
    struct bed *bed = *state;
    struct people *people = gather(bed);
    struct answer programme =
        must(people->staff, "CreateProgramme",
             "{\"programme\": {\"year\": 2026, \"name\": \"%s\", \"electivesMin\": 0,"
             " \"catalogue\": {\"projects\": [{\"kind\": \"MANDATORY\", \"title\": \"党课\"}]},"
             " \"tickFromOn\": \"2020-01-01\", \"tickUntilOn\": \"2099-12-31\"}}",
             fresh_name(bed));
    const char *programme_id = text_of(&programme, "programme.programme_id");

    must(people->staff, "ChangeProgramme",
         "{\"programmeId\": \"%s\", \"action\": \"PUBLISH\", \"revision\": 1}", programme_id);
    struct answer sheet =
        must(people->staff, "OpenTickSheet", "{\"programmeId\": \"%s\", \"unitId\": \"%s\"}",
             programme_id, people->unit_id[0]);
    const char *sheet_id = text_of(&sheet, "sheet.sheet_id");
    must(people->staff, "ChangeTickSheet",
         "{\"sheetId\": \"%s\", \"action\": \"SUBMIT\", \"revision\": 1}", sheet_id);
    uint64_t number[2];
    struct answer answer[2];
    for (size_t i = 0; i < 2; i++)
        number[i] = talk_send(
            people->client[i], "ChangeTickSheet",
            "{\"sheetId\": \"%s\", \"action\": \"%s\", \"reason\": \"缺项\", \"revision\": 2}",
            sheet_id, i == 0 ? "CONFIRM" : "RETURN");
    for (size_t i = 0; i < 2; i++)
        answer[i] = talk_take(people->client[i], number[i]);
    const struct answer *won = answer[0].status == STATUS_OK ? &answer[0] : &answer[1];
    const struct answer *lost = won == &answer[0] ? &answer[1] : &answer[0];
    assert_int_equal(won->status, STATUS_OK);
    assert_int_equal(lost->status, STATUS_ABORTED);
    assert_string_equal(lost->field, "revision");
    assert_int_equal(bed_number(bed,
                                "SELECT revision FROM selection.tick_sheet WHERE sheet_id = '%s'",
                                sheet_id),
                     3);
    talloc_free(people);
}

/* ---- one need, two units ---- */

static void lets_one_of_two_units_claim_a_need(void **state)
{
    struct bed *bed = *state;
    struct people *people = gather(bed);

    for (int round = 0; round < 10; round++) {
        struct answer need = must(
            people->staff, "RaiseNeed",
            "{\"need\": {\"communityId\": \"%s\", \"title\": \"球场\", \"category\": \"VENUE\","
            " \"quantity\": 1, \"priority\": \"HIGH\", \"wantedFromOn\": \"2030-01-01\","
            " \"wantedToOn\": \"2030-02-01\"}}",
            people->community_id);
        uint64_t number[3];
        int claimed = 0;
        for (size_t i = 0; i < 3; i++)
            number[i] = talk_send(people->client[i], "ClaimNeed",
                                  "{\"claim\": {\"needId\": \"%s\", \"leadUnitId\": \"%s\"}}",
                                  text_of(&need, "need.need_id"), people->unit_id[i]);
        for (size_t i = 0; i < 3; i++) {
            struct answer answer = talk_take(people->client[i], number[i]);
            claimed += answer.status == STATUS_OK;
            if (answer.status == STATUS_OK)
                continue;
            assert_int_equal(answer.status, STATUS_FAILED_PRECONDITION);
            assert_string_equal(answer.field, "claim.need_id");
            assert_string_equal(answer.rule, "claimed");
        }
        assert_int_equal(claimed, 1);
    }
    talloc_free(people);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = INSTANCES, .others = INSTANCES});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(gives_the_last_place_to_one_of_fifty_clients),
        bed_story(lets_nobody_in_twice),
        bed_story(promotes_while_people_come_and_go),
        bed_story(books_one_of_fifty_overlapping_times),
        bed_story(lets_one_of_two_staff_confirm_a_sheet),
        bed_story(lets_one_of_two_units_claim_a_need),
    };

    return bed_finish(cmocka_run_group_tests_name("races", tests, up, bed_down));
}
