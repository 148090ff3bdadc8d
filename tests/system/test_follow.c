/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow.c - selection follows the registry, as real processes that die, hang and come back
 *
 * A unit's id is used in selection right after the registry said it: RequestHeader.after makes
 * selection wait until its copy is there, so an answer of NOT_FOUND would be a lie.
 */
#include <signal.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "tests/system/need.h"

enum { UNITS = 200, SLOW_MS = 25000, QUICK_MS = 3000 };

/* Of the street, in selection as in the registry. */
static void assert_copied(struct bed *bed)
{
    int64_t end_ms = deadline_ms() + 60000; /* quiet heads are looked at once a minute */
    const char *street = bed->street;

    while (bed_number(
               bed,
               "SELECT count(*) FROM selection.follower f JOIN registry.journal j USING (street)"
               " WHERE street = '%s' AND source = 'registry' AND f.seq = f.reached"
               " AND j.seq = f.seq AND j.id = f.event_id AND j.seq ="
               " (SELECT max(seq) FROM registry.journal WHERE street = '%s')",
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
        enum status status;
        int64_t end_ms = deadline_ms();
        assert_int_equal(rebuild(bed), STATUS_OK);
        /* nothing is decided by half a copy: it is told so, or waits for its `after` */
        while ((status = raise_need(bed, made, 1000)) == STATUS_UNAVAILABLE ||
               status == STATUS_DEADLINE_EXCEEDED)
            look_again(end_ms, "the copies are rebuilt");
        assert_int_equal(status, STATUS_OK);
    }
    assert_copied(bed);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM selection.need WHERE street = '%s'", bed->street),
        needs + 4);
}

/* ---- who leads ---- */

/* The session of the steward that leads; -1: none does now. A batch locks, too, but never while its
 * session is idle. */
static long leading_session(struct bed *bed)
{
    return bed_number(bed, "SELECT pid FROM pg_stat_activity JOIN pg_locks USING (pid)"
                           " WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'"
                           " AND usename = 'selection'"
                           " AND datname = current_database() AND state = 'idle'");
}

/* Which instance's that is: the second one's sessions come by a Unix socket. -1: nobody's. */
static long instance_of(struct bed *bed, long session)
{
    return bed_number(bed, "SELECT (client_port = -1)::int FROM pg_stat_activity WHERE pid = %ld",
                      session);
}

/* Whoever has the lock says that it leads, and the other one that it does not. */
static bool leads_alone(struct bed *bed, long instance)
{
    return instance >= 0 &&
           process_metric(&bed->service[SELECTION_SERVICE][instance], "jusha_steward_active") ==
               1 &&
           process_metric(&bed->service[SELECTION_SERVICE][1 - instance], "jusha_steward_active") ==
               0;
}

static void leads_once_after_its_session_was_ended(void **state)
{
    struct bed *bed = *state;

    (void)active(bed);
    for (int round = 0; round < 2; round++) {
        int64_t end_ms = deadline_ms(), began_ms = clock_monotonic_ms();
        long ended, session;
        while ((ended = session = leading_session(bed)) < 0)
            look_again(end_ms, "a steward leads");
        assert_int_equal(bed_number(bed, "SELECT pg_terminate_backend(%ld)::int", ended), 1);
        while (session == ended || !leads_alone(bed, instance_of(bed, session))) {
            look_again(end_ms, "exactly one steward leads");
            session = leading_session(bed);
        }
        report("the leading session was ended: one leads again after %lld ms",
               (long long)(clock_monotonic_ms() - began_ms));
        assert_int_equal(raise_need(bed, make_unit(bed), 0), STATUS_OK);
    }
    assert_copied(bed);
}

/* A backup of the registry alone, which selection has followed farther. First nothing new happens
 * there, so that only its head tells; then as much as was lost, and more, before anybody looks. */
static void follows_another_history_when_the_registry_was_restored(void **state)
{
    struct bed *bed = *state;
    const char *street = bed->street;
    struct made made = {0};

    for (int news = 0; news <= 12; news += 4) {
        for (int i = 0; i < 8; i++)
            made = make_unit(bed);
        assert_copied(bed);
        bed_restore_registry(bed, street, made.seq - 4);
        for (int i = 0; i < news; i++)
            made = make_unit(bed);
        assert_copied(bed);
    }
    assert_int_equal(raise_need(bed, make_unit(bed), 0), STATUS_OK);
}

/* ---- reactions of another history ---- */

/* A role for a new holder, which notification tells: that is a reaction. Its place in the
 * journal. */
static int64_t grant_role(struct bed *bed)
{
    struct client_reply reply;
    char id[ID_CHARS + 1];

    id_new(id);
    const char *json =
        mem_printf(bed->memory,
                   "{\"roleGrant\": {\"holder\": \"staff.%s\", \"role\": \"STREET_STAFF\","
                   " \"fromOn\": \"2020-01-01\", \"untilOn\": \"2030-01-01\"}}",
                   id);
    assert_int_equal(bed_call(bed, bed->client, bed->street, "GrantRole", json, &reply), STATUS_OK);
    return reply.header->position->seq;
}

static void wait_until_told(struct bed *bed)
{
    int64_t end_ms = deadline_ms() + 60000;

    while (bed_number(bed,
                      "SELECT count(*) FROM notification.follower WHERE street = '%s'"
                      " AND source = 'registry' AND seq = reached AND seq = (SELECT max(seq)"
                      " FROM registry.journal WHERE street = '%s')",
                      bed->street, bed->street) != 1)
        look_again(end_ms, "notification has read the registry's journal");
}

static long granted_and_not_told(struct bed *bed)
{
    return bed_number(bed,
                      "SELECT count(*) FROM registry.journal j WHERE street = '%s'"
                      " AND type LIKE '%%RoleGranted' AND NOT EXISTS (SELECT FROM"
                      " notification.message m WHERE m.street = j.street AND m.event_id = j.id)",
                      bed->street);
}

static void each_of_notification(struct bed *bed, bool lives)
{
    for (size_t i = 0; i < INSTANCES; i++)
        if (lives)
            bed_start_service(bed, NOTIFICATION_SERVICE, i);
        else
            process_kill(&bed->service[NOTIFICATION_SERVICE][i]);
}

/* As Rebuild leaves it once it has come so far again. */
static void rewind_notification(struct bed *bed, int seq)
{
    assert_int_equal(
        bed_number(
            bed,
            "WITH rewound AS (UPDATE notification.follower f SET seq = %d, event_id = (SELECT id"
            " FROM registry.journal j WHERE j.street = f.street AND j.seq = %d)"
            " WHERE street = '%s' AND source = 'registry' RETURNING 1)"
            " SELECT count(*) FROM rewound",
            seq, seq, bed->street),
        1);
}

/* While nobody looks the registry is restored, and tells less than was lost, or more; and its
 * copies are being rebuilt from a place that both histories have. */
static void reacts_to_another_history_though_its_copies_are_made_anew(void **state)
{
    static const struct {
        int seq, news;
    } cases[] = {{0, 6}, {0, 2}, {2, 6}, {2, 2}};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t head = 0;
        for (int role = 0; role < 8; role++)
            head = grant_role(bed);
        wait_until_told(bed);
        each_of_notification(bed, false);
        bed_restore_registry(bed, bed->street, head - 4);
        for (int role = 0; role < cases[i].news; role++)
            (void)grant_role(bed);
        rewind_notification(bed, cases[i].seq);
        each_of_notification(bed, true);
        wait_until_told(bed);
        assert_int_equal(granted_and_not_told(bed), 0);
    }
}

/* ---- nobody holds up the others ---- */

static void set_state(struct bed *bed, const char *street, const char *state)
{
    assert_int_equal(bed_number(bed,
                                "WITH moved AS (UPDATE selection.stream SET state = '%s'"
                                " WHERE street = '%s' RETURNING 1) SELECT count(*) FROM moved",
                                state, street),
                     1);
}

static void goes_on_with_others_when_a_street_moved_away(void **state)
{
    enum { STREETS = 5, MOVED = 2 };
    struct bed *bed = *state;
    struct client *client = bed_client(bed, EVERYWHERE, BROKERS);
    char street[STREETS][16] = {0};
    struct made made[STREETS];

    for (int i = 0; i < STREETS; i++) {
        bed_street(bed, street[i]);
        made[i] = make_unit_of(bed, client, street[i]);
        assert_int_equal(raise_need_of(bed, client, street[i], made[i], 0), STATUS_OK);
    }
    set_state(bed, street[MOVED], "MOVED");
    made[MOVED] = make_unit_of(bed, client, street[MOVED]);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < STREETS; i++)
            if (i != MOVED)
                assert_int_equal(raise_need_of(bed, client, street[i],
                                               make_unit_of(bed, client, street[i]), QUICK_MS),
                                 STATUS_OK);
    set_state(bed, street[MOVED], "HERE");
    assert_int_equal(raise_need_of(bed, client, street[MOVED], made[MOVED], 0), STATUS_OK);
    talloc_free(client);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = INSTANCES});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(reads_what_was_written_elsewhere),
        bed_story(gives_up_waiting_at_the_deadline),
        bed_story(goes_on_when_the_active_one_is_killed),
        bed_story(goes_on_when_the_active_one_stands_still),
        bed_story(catches_up_when_the_registry_comes_back),
        bed_story(makes_its_copies_anew_while_people_work),
        bed_story(leads_once_after_its_session_was_ended),
        bed_story(follows_another_history_when_the_registry_was_restored),
        bed_story(reacts_to_another_history_though_its_copies_are_made_anew),
        bed_story(goes_on_with_others_when_a_street_moved_away),
    };

    return bed_finish(cmocka_run_group_tests_name("follow", tests, up, bed_down));
}
