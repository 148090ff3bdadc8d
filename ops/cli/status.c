/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - jusha status: brokers, who works behind them, what waits, where the journals stand
 *
 * Asks every broker mmi.status; asks every service of the contract that some broker named how far
 * it has followed the others, then for its journals' heads. One JSON object collects it all: --json
 * prints it, else tables show it.
 */
#include <jansson.h>
#include <string.h>

#include "bus_broker_status.pb-c.h"
#include "command.h"
#include "journal_service.pb-c.h"
#include "json_path.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "methods.h"
#include "refusal.h"
#include "session.h"
#include "table.h"

struct overview {
    struct session *session;
    void *memory;
    json_t *brokers;   /* [{"address", "state", and of BrokerStatus}] */
    json_t *heads;     /* [{"service", "street", "seq"}] */
    json_t *followers; /* [{"follower", "service", "street", "seq", "reached", "head", "behind"}] */
    enum exit_code code;
};

static void worsen(struct overview *overview, enum status status)
{
    enum exit_code code = exit_code_of(status);

    if (code > overview->code)
        overview->code = code;
}

static void ask_broker(struct overview *overview, size_t broker)
{
    struct violations violations = {0};
    ProtobufCBinaryData answer;
    ProtobufCMessage *message;
    enum status status =
        client_mmi(overview->session->client, overview->memory, broker, "mmi.status", "", &answer);

    if (status == STATUS_OK &&
        wire_unpack(overview->memory, &bus__broker_status__descriptor, answer.data, answer.len,
                    &violations, &message) != STATUS_OK)
        status = STATUS_INTERNAL;
    json_t *entry = status == STATUS_OK ? json_from_message(message) : json_object();
    json_object_set_new(entry, "address",
                        json_string(client_broker(overview->session->client, broker)));
    json_object_set_new(entry, "state",
                        json_string(status == STATUS_OK ? "up" : status_name(status)));
    json_array_append_new(overview->brokers, entry);
    worsen(overview, status);
}

/* One page of what a service says of its streets; NULL after a line on stderr. */
static const ProtobufCMessage *ask_journal(struct overview *overview, const char *service,
                                           const char *method, const ProtobufCMessage *request)
{
    struct client_reply reply;
    ProtobufCMessage *message;
    struct client_request out =
        session_request(overview->session, overview->memory, service, method, request);

    out.street = ""; /* it spans streets */
    enum status status = session_call(overview->session, overview->memory, &out, &reply, &message);
    worsen(overview, status);
    if (status == STATUS_OK)
        return message;
    refusal_print(overview->session->options, reply.header);
    return NULL;
}

static void ask_heads(struct overview *overview, const char *service)
{
    Journal__HeadsRequest request = JOURNAL__HEADS_REQUEST__INIT;
    const Journal__HeadsResponse *page;
    size_t count = 0;

    do {
        page = (const Journal__HeadsResponse *)ask_journal(
            overview, service, "jusha.journal.v1.JournalService/Heads", &request.base);
        count = page == NULL ? 0 : page->n_heads;
        for (size_t i = 0; i < count; i++)
            json_array_append_new(overview->heads,
                                  json_pack("{s:s, s:s, s:I}", "service", service, "street",
                                            page->heads[i]->street, "seq",
                                            (json_int_t)page->heads[i]->seq));
        if (count > 0)
            request.after_street = page->heads[count - 1]->street;
    } while (count > 0);
}

static void ask_followers(struct overview *overview, const char *service)
{
    Journal__ListFollowersRequest request = JOURNAL__LIST_FOLLOWERS_REQUEST__INIT;
    const Journal__ListFollowersResponse *page;
    size_t count = 0;

    do {
        page = (const Journal__ListFollowersResponse *)ask_journal(
            overview, service, "jusha.journal.v1.JournalService/ListFollowers", &request.base);
        count = page == NULL ? 0 : page->n_followers;
        for (size_t i = 0; i < count; i++) {
            const Journal__Follower *follower = page->followers[i];

            json_array_append_new(overview->followers,
                                  json_pack("{s:s, s:s, s:s, s:I, s:I}", "follower", service,
                                            "service", follower->service, "street",
                                            follower->street, "seq", (json_int_t)follower->seq,
                                            "reached", (json_int_t)follower->reached));
            request.after_street = follower->street;
        }
    } while (count > 0);
}

/* Every service that a broker has instances of, once each. */
static void each_service(struct overview *overview,
                         void (*visit)(struct overview *overview, const char *service))
{
    json_t *asked = json_object(), *broker, *instance;
    size_t i, j;

    json_array_foreach(overview->brokers, i, broker)
    {
        json_array_foreach(json_object_get(broker, "instances"), j, instance)
        {
            const char *name = json_path_text(instance, "service");
            char *service = mem_check(talloc_strndup(overview->memory, name, strcspn(name, "@")));

            /* One that the contract does not know keeps no journal, or none that we could read. */
            if (!method_serves(service) || json_object_get(asked, service) != NULL)
                continue;
            json_object_set_new(asked, service, json_true());
            visit(overview, service);
        }
    }
    json_decref(asked);
}

/* The head that a follower runs after; 0 while nobody tells it. */
static json_int_t head_of(const struct overview *overview, const json_t *follower)
{
    json_t *head;
    size_t i;

    json_array_foreach(overview->heads, i, head)
    {
        if (json_equal(json_object_get(head, "service"), json_object_get(follower, "service")) &&
            json_equal(json_object_get(head, "street"), json_object_get(follower, "street")))
            return json_integer_value(json_object_get(head, "seq"));
    }
    return 0;
}

static void measure_lag(struct overview *overview)
{
    json_t *follower;
    size_t i;

    json_array_foreach(overview->followers, i, follower)
    {
        json_int_t head = head_of(overview, follower),
                   at = json_integer_value(json_object_get(follower, "seq"));

        json_object_set_new(follower, "head", json_integer(head));
        json_object_set_new(follower, "behind", json_integer(head > at ? head - at : 0));
    }
}

/* A field as text for a cell: 64-bit numbers are strings in JSON, those left out are 0. */
static const char *cell(struct overview *overview, const json_t *object, const char *field)
{
    const json_t *value = json_path_get(object, field);

    if (json_is_string(value))
        return json_string_value(value);
    return mem_printf(overview->memory, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

enum { SHOWN_COLUMNS = 6 };

/* A table of one list: where it is, what its columns are called and which fields they show. */
struct shown {
    const char *list; /* of every broker; NULL: the list of brokers itself */
    const char *headings[SHOWN_COLUMNS + 2];
    const char *fields[SHOWN_COLUMNS]; /* those after the broker's address; "?" before: text */
};

static const struct shown broker_table = {
    .headings = {"broker", "state", ">up for ms", ">waiting", ">at work", ">dead letters"},
    .fields = {"?state", "uptime_ms", "queued", "in_flight", "dead_letters"}};
static const struct shown instance_table = {
    .list = "instances",
    .headings = {"broker", "instance of", "certificate", ">credit", ">at work", ">silent ms"},
    .fields = {"?service", "?name", "credit", "in_flight", "silent_ms"}};
static const struct shown queue_table = {
    .list = "queues",
    .headings = {"broker", "queue of", "street", ">waiting", ">at work"},
    .fields = {"?service", "?street", "queued", "in_flight"}};

static void add_row(struct overview *overview, const struct shown *shown, struct table *table,
                    const char *address, const json_t *object)
{
    const char *cells[SHOWN_COLUMNS + 1] = {address};

    for (size_t i = 0; i < SHOWN_COLUMNS && shown->fields[i] != NULL; i++)
        cells[1 + i] = shown->fields[i][0] == '?' ? json_path_text(object, shown->fields[i] + 1)
                                                  : cell(overview, object, shown->fields[i]);
    table_row(table, cells);
}

static void show(struct overview *overview, const struct shown *shown)
{
    struct table *table = table_new(overview->memory, shown->headings);

    for (size_t i = 0; i < json_array_size(overview->brokers); i++) {
        const json_t *broker = json_array_get(overview->brokers, i);
        const json_t *list = shown->list == NULL ? NULL : json_object_get(broker, shown->list);
        const char *address = json_path_text(broker, "address");

        if (shown->list == NULL)
            add_row(overview, shown, table, address, broker);
        for (size_t j = 0; j < json_array_size(list); j++)
            add_row(overview, shown, table, address, json_array_get(list, j));
    }
    table_print(table, stdout);
}

/* The journals' heads, or who follows them: a list of the overview itself. */
static void show_list(struct overview *overview, const json_t *list, const char *const *headings,
                      const char *const *fields)
{
    struct table *table = table_new(overview->memory, headings);
    json_t *object;
    size_t i;

    json_array_foreach(list, i, object)
    {
        const char *cells[SHOWN_COLUMNS];

        for (size_t j = 0; fields[j] != NULL; j++)
            cells[j] = cell(overview, object, fields[j]);
        table_row(table, cells);
    }
    table_print(table, stdout);
}

static void show_journals(struct overview *overview)
{
    show_list(overview, overview->heads,
              (const char *const[]){"journal of", "street", ">head", NULL},
              (const char *const[]){"service", "street", "seq", NULL});
    show_list(
        overview, overview->followers,
        (const char *const[]){"follower", "journal of", "street", ">at", ">head", ">behind", NULL},
        (const char *const[]){"follower", "service", "street", "seq", "head", "behind", NULL});
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = state->input;
    else if (key == ARGP_KEY_ARG)
        argp_error(state, "\"%s\" is not expected", value);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .doc = "Show every broker, its instances and queues, the journals' heads, and how far"
               " services that follow them are behind."
               "\vOnly operators and services are told. The exit code is 3 when a broker does not"
               " answer.",
        .children = children};
    struct options options = *common;

    argp_parse(&argp, argc, argv, 0, NULL, &options);
    struct overview overview = {.session = session_open(&options, NULL)};
    if (overview.session == NULL)
        return EXIT_CODE_USAGE;
    overview.memory = talloc_new(NULL);
    overview.brokers = json_array();
    overview.heads = json_array();
    overview.followers = json_array();
    for (size_t i = 0; i < client_brokers(overview.session->client); i++)
        ask_broker(&overview, i);
    each_service(&overview, ask_followers); /* first: so nobody is ahead of a head */
    each_service(&overview, ask_heads);
    measure_lag(&overview);
    if (options.json) {
        json_t *all = json_pack("{s:O, s:O, s:O}", "brokers", overview.brokers, "heads",
                                overview.heads, "followers", overview.followers);
        json_dumpf(all, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(all);
    } else {
        show(&overview, &broker_table);
        show(&overview, &instance_table);
        show(&overview, &queue_table);
        show_journals(&overview);
    }
    json_decref(overview.brokers);
    json_decref(overview.heads);
    json_decref(overview.followers);
    talloc_free(overview.memory);
    session_close(&overview.session);
    return overview.code;
}

const struct command status_command = {
    .name = "status", .help = "brokers, instances, queues, journals, who follows them", .run = run};
