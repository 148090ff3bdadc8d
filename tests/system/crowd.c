/* SPDX-License-Identifier: Apache-2.0 */
/* crowd.c - commands on their way, by request_id, and the check of what they left behind */
#include "crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_unit.pb-c.h"

enum { LOAD_TURN_MS = 20, RESOLVE_PAUSE_MS = 100, TIMEOUT_MS = 10000 };

struct command {
    char id[ID_CHARS + 1];
    size_t number;
    size_t member;
    bool under_way;
    enum status status;  /* of the last answer */
    const char *unit_id; /* from the first OK */
    int64_t sent_ms;     /* first time */
    int64_t answered_ms; /* last answer */
    UT_hash_handle hh;   /* by id */
};

struct crowd {
    struct bed *bed;
    struct crowd_options options;
    char street[16];
    struct client *member[CROWD_MEMBERS_MAX];
    struct command *commands; /* hash */
    size_t sent, asked, under_way, answered;
};

static int crowd_end(struct crowd *crowd)
{
    HASH_CLEAR(hh, crowd->commands);
    return 0;
}

struct crowd *crowd_new(struct bed *bed, struct crowd_options options)
{
    struct crowd *crowd = mem_new(bed->memory, struct crowd);

    assert_true(options.members <= CROWD_MEMBERS_MAX);
    crowd->bed = bed;
    crowd->options = options;
    talloc_set_destructor(crowd, crowd_end);
    bed_street(bed, crowd->street);
    for (size_t i = 0; i < options.members; i++)
        crowd->member[i] = talloc_steal(crowd, bed_client(bed, EVERYWHERE, options.broker));
    return crowd;
}

const char *crowd_street(const struct crowd *crowd)
{
    return crowd->street;
}

/* ---- sending and receiving ---- */

static void send_command(struct crowd *crowd, struct command *command)
{
    Registry__RegisterUnitRequest request = REGISTRY__REGISTER_UNIT_REQUEST__INIT;
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    char name[32];

    snprintf(name, sizeof name, "unit %zu", command->number);
    unit.name = name;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_SHOP;
    request.unit = &unit;
    ProtobufCBinaryData payload = wire_pack(NULL, &request.base);
    client_send(crowd->member[command->member],
                &(struct client_request){
                    .service = "registry",
                    .street = crowd->street,
                    .method = "jusha.registry.v1.RegistryService/RegisterUnit",
                    .request_id = command->id,
                    .timeout_ms = crowd->options.timeout_ms,
                    .payload = payload,
                });
    talloc_free(payload.data);
    command->under_way = true;
    crowd->under_way++;
}

void crowd_send(struct crowd *crowd, size_t commands)
{
    for (size_t i = 0; i < commands; i++) {
        struct command *command = mem_new(crowd, struct command);

        id_new(command->id);
        command->number = crowd->sent++;
        command->member = command->number % crowd->options.members;
        command->sent_ms = clock_monotonic_ms();
        HASH_ADD_STR(crowd->commands, id, command);
        send_command(crowd, command);
    }
}

void crowd_ask(struct crowd *crowd, size_t queries)
{
    Registry__ListUnitsRequest request = REGISTRY__LIST_UNITS_REQUEST__INIT;

    request.page_size = 10;
    ProtobufCBinaryData payload = wire_pack(NULL, &request.base);
    for (size_t i = 0; i < queries; i++) {
        client_send(crowd->member[crowd->asked++ % crowd->options.members],
                    &(struct client_request){
                        .service = "registry",
                        .street = crowd->street,
                        .method = "jusha.registry.v1.RegistryService/ListUnits",
                        .timeout_ms = crowd->options.timeout_ms,
                        .payload = payload,
                    });
        crowd->under_way++;
    }
    talloc_free(payload.data);
}

static void note_unit(struct crowd *crowd, struct command *command,
                      const struct client_reply *reply)
{
    Registry__RegisterUnitResponse *response =
        registry__register_unit_response__unpack(NULL, reply->payload.len, reply->payload.data);

    assert_non_null(response);
    assert_non_null(response->unit);
    if (!command->unit_id)
        command->unit_id = mem_text(crowd, response->unit->unit_id);
    assert_string_equal(command->unit_id, response->unit->unit_id);
    registry__register_unit_response__free_unpacked(response, NULL);
}

static void take_answer(struct crowd *crowd, const struct client_reply *reply)
{
    struct command *command;

    HASH_FIND_STR(crowd->commands, reply->header->request_id, command);
    crowd->under_way--;
    if (!command) { /* a query */
        assert_int_equal(reply->header->code, TYPE__CODE__CODE_OK);
        return;
    }
    assert_true(command->under_way);
    command->under_way = false;
    crowd->answered += command->answered_ms == 0;
    command->answered_ms = clock_monotonic_ms();
    command->status = (enum status)reply->header->code;
    if (command->status == STATUS_OK)
        note_unit(crowd, command, reply);
}

static void wait_for_news(struct crowd *crowd, int wait_ms)
{
    zmq_pollitem_t items[CROWD_MEMBERS_MAX * CLIENT_POLL_MAX];
    long most_ms = wait_ms;
    size_t count = 0;

    for (size_t i = 0; i < crowd->options.members; i++)
        count += client_poll(crowd->member[i], items + count, &most_ms);
    zmq_poll(items, (int)count, most_ms);
}

static size_t take_answers(struct crowd *crowd)
{
    struct client_reply reply;
    size_t taken = 0;

    for (size_t i = 0; i < crowd->options.members; i++) {
        void *memory = talloc_new(crowd);
        while (client_next(crowd->member[i], memory, 0, &reply)) {
            take_answer(crowd, &reply);
            taken++;
        }
        talloc_free(memory);
    }
    return taken;
}

size_t crowd_turn(struct crowd *crowd, int wait_ms)
{
    if (take_answers(crowd) == 0 && wait_ms > 0) {
        wait_for_news(crowd, wait_ms);
        take_answers(crowd);
    }
    return crowd->under_way;
}

void crowd_wait(struct crowd *crowd, int64_t limit_ms)
{
    int64_t end_ms = clock_monotonic_ms() + limit_ms;

    while (crowd_turn(crowd, LOAD_TURN_MS) > 0)
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%zu of %zu commands have no answer", crowd->under_way, crowd->sent);
}

void crowd_wait_answers(struct crowd *crowd, size_t answers)
{
    int64_t end_ms = deadline_ms();

    while (crowd->answered < answers) {
        crowd_turn(crowd, LOAD_TURN_MS);
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%zu answers, %zu were to come", crowd->answered, answers);
    }
}

void crowd_load(struct crowd *crowd, size_t level, bool (*is_over)(void *context), void *context)
{
    int64_t end_ms = deadline_ms();

    while (!is_over(context)) {
        if (crowd->under_way < level)
            crowd_send(crowd, level - crowd->under_way);
        crowd_turn(crowd, LOAD_TURN_MS);
        if (clock_monotonic_ms() > end_ms)
            fail_msg("what this load waits for does not come");
    }
}

/* ---- figures ---- */

size_t crowd_sent(const struct crowd *crowd)
{
    return crowd->sent;
}

size_t crowd_answered(const struct crowd *crowd)
{
    return crowd->answered;
}

size_t crowd_under_way(const struct crowd *crowd)
{
    return crowd->under_way;
}

size_t crowd_count(const struct crowd *crowd, enum status status)
{
    size_t count = 0;

    for (const struct command *command = crowd->commands; command; command = command->hh.next)
        count += command->answered_ms && command->status == status;
    return count;
}

static bool is_among(enum status status, const enum status *allowed)
{
    while (*allowed != STATUS_OK && *allowed != status)
        allowed++;
    return *allowed == status;
}

void crowd_assert_only(const struct crowd *crowd, const enum status *allowed)
{
    for (const struct command *command = crowd->commands; command; command = command->hh.next)
        if (!is_among(command->status, allowed))
            fail_msg("unit %zu (%s): %s", command->number, command->id,
                     status_name(command->status));
}

int64_t crowd_longest_ms(const struct crowd *crowd, int64_t from_ms)
{
    int64_t longest_ms = 0;

    for (const struct command *command = crowd->commands; command; command = command->hh.next) {
        int64_t start_ms = command->sent_ms > from_ms ? command->sent_ms : from_ms;
        int64_t took_ms = command->answered_ms - start_ms;

        longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
    }
    return longest_ms;
}

/* ---- the end ---- */

void crowd_resolve(struct crowd *crowd)
{
    int64_t end_ms = deadline_ms();
    size_t open = 1;

    crowd_wait(crowd, WAIT_MS);
    while (open > 0) {
        open = 0;
        for (struct command *command = crowd->commands; command; command = command->hh.next) {
            if (command->status == STATUS_OK)
                continue;
            open++;
            command->member = (command->member + 1) % crowd->options.members;
            send_command(crowd, command);
        }
        crowd_wait(crowd, WAIT_MS);
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%zu commands do not end", open);
    }
}

/* Every row is the one that its command was told of. */
static void assert_rows(struct crowd *crowd)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT unit_id, name FROM registry.unit WHERE street = '%s'",
             crowd->street);
    PGresult *rows = PQexec(crowd->bed->database, sql);
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    assert_int_equal(PQntuples(rows), crowd->sent);
    const char **ids = mem_array(crowd, const char *, crowd->sent);
    for (int i = 0; i < PQntuples(rows); i++) {
        unsigned long number = strtoul(PQgetvalue(rows, i, 1) + strlen("unit "), NULL, 10);
        assert_in_range(number, 0, crowd->sent - 1);
        assert_null(ids[number]);
        ids[number] = PQgetvalue(rows, i, 0);
    }
    for (struct command *command = crowd->commands; command; command = command->hh.next)
        assert_string_equal(ids[command->number], command->unit_id);
    talloc_free(ids);
    PQclear(rows);
}

void crowd_assert_done(struct crowd *crowd)
{
    long events = (long)crowd->sent + 1; /* StreetCreated */

    assert_int_equal(crowd_count(crowd, STATUS_OK), crowd->sent);
    assert_int_equal(bed_number(crowd->bed,
                                "SELECT count(*) FROM registry.journal WHERE street = '%s'",
                                crowd->street),
                     events);
    assert_int_equal(bed_number(crowd->bed,
                                "SELECT max(seq) FROM registry.journal WHERE street = '%s'",
                                crowd->street),
                     events);
    assert_int_equal(bed_number(crowd->bed,
                                "SELECT count(DISTINCT subject) FROM registry.journal"
                                " WHERE street = '%s'",
                                crowd->street),
                     events);
    assert_rows(crowd);
}
