/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow.c - selection follows the registry, as real processes that die, hang and come back
 *
 * A unit's id is used in selection right after the registry said it: RequestHeader.after makes
 * selection wait until its copy is there, so an answer of NOT_FOUND would be a lie.
 */
#include <signal.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_unit.pb-c.h"
#include "tests/system/raw.h"

enum { UNITS = 200, SLOW_MS = 25000, QUICK_MS = 3000 };

/* A unit of bed->street, and the place in the registry's journal that its event has. */
struct made {
    const char *unit_id;
    int64_t seq;
};

static struct made make_unit_of(struct bed *bed, struct client *client, const char *street)
{
    struct violations violations = {0};
    struct client_reply reply;
    Registry__RegisterUnitResponse *response;
    char name[ID_CHARS + 1];

    id_new(name);
    char *json =
        mem_printf(bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name);
    if (bed_call(bed, client, street, "RegisterUnit", json, &reply) != STATUS_OK)
        fail_msg("RegisterUnit: %s", reply.header->message);
    assert_int_equal(wire_unpack(bed->memory, &registry__register_unit_response__descriptor,
                                 reply.payload.data, reply.payload.len, &violations,
                                 (ProtobufCMessage **)&response),
                     STATUS_OK);
    return (struct made){response->unit->unit_id, reply.header->position->seq};
}

static struct made make_unit(struct bed *bed)
{
    return make_unit_of(bed, bed->client, bed->street);
}

static Bus__Position position_at(int64_t seq)
{
    Bus__Position position = BUS__POSITION__INIT;

    position.service = (char *)"registry";
    position.seq = seq;
    return position;
}

/* Raises a need for the unit, once selection has read the registry's journal so far. */
static enum status raise_need_of(struct bed *bed, struct client *client, const char *street,
                                 struct made made, uint32_t timeout_ms)
{
    const Bus__Position position = position_at(made.seq);
    struct client_reply reply;
    const char *json =
        mem_printf(bed->memory,
                   "{\"need\": {\"unitId\": \"%s\", \"title\": \"停车位\","
                   " \"category\": \"VENUE\", \"quantity\": 1, \"priority\": \"HIGH\","
                   " \"wantedFromOn\": \"2030-01-01\", \"wantedToOn\": \"2030-02-01\"}}",
                   made.unit_id);

    return client_call(client, bed->memory,
                       &(struct client_request){
                           .service = "selection",
                           .street = street,
                           .method = bed_method("RaiseNeed"),
                           .timeout_ms = timeout_ms,
                           .after = (const Bus__Position *const[]){&position},
                           .n_after = 1,
                           .payload = bed_pack(bed, "RaiseNeed", json),
                       },
                       &reply);
}

static enum status raise_need(struct bed *bed, struct made made, uint32_t timeout_ms)
{
    return raise_need_of(bed, bed->client, bed->street, made, timeout_ms);
}

/* Of the street, in selection as in the registry. */
static void assert_copied(struct bed *bed)
{
    int64_t end_ms = deadline_ms();
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
            look_again(end_ms, "the copies are made anew");
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
                           " WHERE locktype = 'advisory' AND granted AND usename = 'selection'"
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

static const Bus__Position never = {PROTOBUF_C_MESSAGE_INIT(&bus__position__descriptor),
                                    .service = (char *)"registry", .seq = INT64_C(1000000000000)};

/* A query of selection, in bed->street, after the position; NULL: after none. */
static struct client_request list_needs(struct bed *bed, const Bus__Position *const *after,
                                        uint32_t timeout_ms)
{
    return (struct client_request){
        .service = "selection",
        .street = bed->street,
        .method = bed_method("ListNeeds"),
        .timeout_ms = timeout_ms,
        .after = after,
        .n_after = after ? 1 : 0,
        .payload = bed_pack(bed, "ListNeeds", "{}"),
    };
}

static long in_flight(struct bed *bed)
{
    return process_metric(&bed->service[SELECTION_SERVICE][0], "jusha_in_flight") +
           process_metric(&bed->service[SELECTION_SERVICE][1], "jusha_in_flight");
}

/* One answer to a request that waits in vain; false: none came. */
static bool take_in_vain(struct bed *bed, struct client *client, int wait_ms)
{
    struct client_reply reply;

    if (!client_next(client, bed->memory, wait_ms, &reply))
        return false;
    if (reply.header->code != TYPE__CODE__CODE_UNAVAILABLE &&
        reply.header->code != TYPE__CODE__CODE_DEADLINE_EXCEEDED &&
        reply.header->code != TYPE__CODE__CODE_RESOURCE_EXHAUSTED)
        fail_msg("%s: %s", status_name((enum status)reply.header->code), reply.header->message);
    return true;
}

/* More at each broker than it may hand out to the two instances at once. */
static void answers_others_while_many_wait_for_what_never_comes(void **state)
{
    enum { WAITING = 700, OTHERS = 20, WAITING_MS = 4000, TURN_MS = 50 };
    struct bed *bed = *state;
    struct client *waiting[BROKERS];
    const struct client_request in_vain =
        list_needs(bed, (const Bus__Position *const[]){&never}, WAITING_MS);
    const struct client_request other = list_needs(bed, NULL, QUICK_MS);
    struct client_reply reply;
    long open = (long)BROKERS * WAITING, in_flight_most = 0;
    int64_t slowest_ms = 0;

    for (size_t i = 0; i < BROKERS; i++)
        waiting[i] = bed_client(bed, VOLUNTEER, i);
    for (int i = 0; i < WAITING * BROKERS; i++)
        client_send(waiting[i % BROKERS], &in_vain);
    for (int i = 0; i < OTHERS; i++) {
        for (size_t broker = 0; broker < BROKERS; broker++)
            open -= take_in_vain(bed, waiting[broker], TURN_MS);
        long now = in_flight(bed);
        in_flight_most = now > in_flight_most ? now : in_flight_most;
        int64_t asked_ms = clock_monotonic_ms();
        assert_int_equal(client_call(bed->client, bed->memory, &other, &reply), STATUS_OK);
        int64_t took_ms = clock_monotonic_ms() - asked_ms;
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
    }
    report("%ld still wait, %ld of them in selection: others were answered within %lld ms", open,
           in_flight_most, (long long)slowest_ms);
    assert_true(in_flight_most > 0);
    for (int64_t end_ms = deadline_ms(); open > 0; look_again(end_ms, "every answer"))
        for (size_t i = 0; i < BROKERS; i++)
            while (take_in_vain(bed, waiting[i], 0))
                open--;
    for (size_t i = 0; i < BROKERS; i++)
        talloc_free(waiting[i]);
}

static void send_needs_after(struct bed *bed, struct raw *raw, int64_t seq)
{
    Bus__RequestHeader *header = raw_header(bed, bed->street, "ListNeeds");
    Bus__Position position = position_at(seq);

    header->timeout_ms = WAIT_MS;
    header->after = (Bus__Position *[]){&position};
    header->n_after = 1;
    raw_request(raw, mem_printf(bed->memory, "selection@%s", bed->street), header,
                bed_pack(bed, "ListNeeds", "{}"));
}

/* Who waits for what never comes takes his own share of the room, and the street's others find
 * theirs. Asked past the client, which would ask again. */
static void one_who_waits_for_much_leaves_room_for_others(void **state)
{
    enum { GREEDY = 300, HONEST = 12 };
    struct bed *bed = *state;
    struct raw *greedy = raw_connect(bed, ZMQ_DEALER, &bed->key[VOLUNTEER], 0, PORT_CLIENT);
    struct raw *honest = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    int64_t end_ms = deadline_ms(), next = make_unit(bed).seq + 1;
    long refused = 0;
    struct frames frames;

    for (int i = 0; i < GREEDY; i++)
        send_needs_after(bed, greedy, never.seq);
    while (in_flight(bed) + refused < GREEDY) {
        while (raw_receive(greedy, 10, &frames)) {
            frames_clear(&frames);
            refused++;
        }
        look_again(end_ms, "the greedy one waits or was refused");
    }
    assert_true(refused < GREEDY);
    long waiting = in_flight(bed);
    for (int i = 0; i < HONEST; i++)
        send_needs_after(bed, honest, next);
    assert_int_equal(make_unit(bed).seq, next);
    for (int i = 0; i < HONEST; i++)
        assert_int_equal(raw_answer(bed, honest)->code, TYPE__CODE__CODE_OK);
    report("%ld of %d wait in vain, the others were told; %d honest ones were answered", waiting,
           GREEDY, HONEST);
    talloc_free(greedy);
    talloc_free(honest);
}

/* Asked past the client, which would ask the other instance before it tells. */
static void tells_those_who_wait_when_it_stops(void **state)
{
    enum { WAITING = 4, SOON_MS = 3000 };
    struct bed *bed = *state;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    const char *address = mem_printf(bed->memory, "selection@%s", bed->street);
    int64_t end_ms = deadline_ms();

    for (int i = 0; i < WAITING; i++) {
        Bus__RequestHeader *header = raw_header(bed, bed->street, "ListNeeds");
        header->timeout_ms = WAIT_MS;
        header->after = (Bus__Position *[]){(Bus__Position *)&never};
        header->n_after = 1;
        raw_request(raw, address, header, bed_pack(bed, "ListNeeds", "{}"));
    }
    while (in_flight(bed) < WAITING)
        look_again(end_ms, "they wait");
    int64_t began_ms = clock_monotonic_ms();
    for (size_t i = 0; i < INSTANCES; i++)
        assert_int_equal(process_end(&bed->service[SELECTION_SERVICE][i], SIGTERM, SOON_MS), 0);
    report("both instances stopped after %lld ms", (long long)(clock_monotonic_ms() - began_ms));
    for (int i = 0; i < WAITING; i++) {
        const Bus__ReplyHeader *reply = raw_answer(bed, raw);
        assert_int_equal(reply->code, TYPE__CODE__CODE_UNAVAILABLE);
        assert_string_equal(reply->violations[0]->field, "after");
        assert_string_equal(reply->violations[0]->rule, "behind");
    }
    talloc_free(raw);
}

static void assert_wrong_after(struct bed *bed, struct client *client,
                               const struct client_request *request, const char *rule)
{
    struct client_reply reply;

    assert_int_equal(client_call(client, bed->memory, request, &reply), STATUS_INVALID_ARGUMENT);
    assert_string_equal(reply.header->violations[0]->field, "after");
    assert_string_equal(reply.header->violations[0]->rule, rule);
}

static void waits_for_few_positions_of_one_street_only(void **state)
{
    enum { POSITIONS_MAX = 8 };
    struct bed *bed = *state;
    const Bus__Position first = position_at(1), *after[POSITIONS_MAX + 1];
    struct client_reply reply;

    for (size_t i = 0; i <= POSITIONS_MAX; i++)
        after[i] = &first;
    struct client_request request = list_needs(bed, after, 0);
    request.n_after = POSITIONS_MAX;
    assert_int_equal(client_call(bed->client, bed->memory, &request, &reply), STATUS_OK);
    request.n_after = POSITIONS_MAX + 1;
    assert_wrong_after(bed, bed->client, &request, "count");

    struct client_request spanning = {
        .service = "selection",
        .street = "",
        .method = bed_method("ListFollowers"),
        .payload = bed_pack(bed, "ListFollowers", "{}"),
    };
    assert_int_equal(client_call(bed->founder, bed->memory, &spanning, &reply), STATUS_OK);
    spanning.after = after;
    spanning.n_after = 1;
    assert_wrong_after(bed, bed->founder, &spanning, "empty");
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = INSTANCES});
}

int main(int argc, char **argv)
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
        bed_story(goes_on_with_others_when_a_street_moved_away),
        bed_story(answers_others_while_many_wait_for_what_never_comes),
        bed_story(one_who_waits_for_much_leaves_room_for_others),
        bed_story(tells_those_who_wait_when_it_stops),
        bed_story(waits_for_few_positions_of_one_street_only),
    };

    bed_choose(argc, argv);
    return bed_finish(cmocka_run_group_tests_name("follow", tests, up, bed_down));
}
