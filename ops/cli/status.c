/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - jusha status: brokers, who works behind them, what waits, where the journals stand
 *
 * Asks every broker mmi.status; asks every service of the contract how far it has followed the
 * others, then for its journals' heads: one that is away is shown as away, and what it alone knows
 * as "?". One JSON object collects it all: --json prints it, else tables show it.
 */
#include <jansson.h>
#include <string.h>

#include "bus_broker_status.pb-c.h"
#include "command.h"
#include "journal_service.pb-c.h"
#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "methods.h"
#include "output.h"
#include "refusal.h"
#include "session.h"
#include "table.h"
#include "usage.h"

struct overview {
    struct session *session;
    void *memory;
    json_t *brokers;  /* [{"address", "state", and of BrokerStatus}] */
    json_t *services; /* [{"service", "state", "instances"}] */
    json_t *heads;    /* [{"service", "street", "seq"}] */
    /* [{"follower", "service", "street", "seq", "reached", "head", "behind"}]; the last two are
     * null where the journal's service does not tell its head */
    json_t *followers;
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
    refusal_print(NULL, overview->session->options, reply.header);
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

/* Instances of a service at all brokers: one that has two connections counts twice. */
static json_int_t instances_of(const struct overview *overview, const char *service)
{
    json_t *broker, *instance;
    json_int_t count = 0;
    size_t i, j;

    json_array_foreach(overview->brokers, i, broker)
    {
        json_array_foreach(json_object_get(broker, "instances"), j, instance)
        {
            const char *name = json_path_text(instance, "service");
            size_t size = strcspn(name, "@");

            count += size == strlen(service) && strncmp(name, service, size) == 0;
        }
    }
    return count;
}

/* Every service of the contract, there or not. One that the contract does not know keeps no
 * journal, or none that we could read. */
static void list_services(struct overview *overview)
{
    const char *const *names = method_services(overview->memory);

    for (; *names != NULL; names++) {
        json_int_t instances = instances_of(overview, *names);

        json_array_append_new(overview->services,
                              json_pack("{s:s, s:s, s:I}", "service", *names, "state",
                                        instances > 0 ? SPOKEN("up") : SPOKEN("away"), "instances",
                                        instances));
        worsen(overview, instances > 0 ? STATUS_OK : STATUS_UNAVAILABLE);
    }
}

static void each_service(struct overview *overview,
                         void (*visit)(struct overview *overview, const char *service))
{
    json_t *service;
    size_t i;

    json_array_foreach(overview->services, i, service)
    {
        if (strcmp(json_path_text(service, "state"), "up") == 0)
            visit(overview, json_path_text(service, "service"));
    }
}

/* The head that a follower runs after; -1 while nobody tells it. */
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
    return -1;
}

static void measure_lag(struct overview *overview)
{
    json_t *follower;
    size_t i;

    json_array_foreach(overview->followers, i, follower)
    {
        json_int_t head = head_of(overview, follower),
                   at = json_integer_value(json_object_get(follower, "seq"));

        json_object_set_new(follower, "head", head < 0 ? json_null() : json_integer(head));
        json_object_set_new(follower, "behind",
                            head < 0 ? json_null() : json_integer(head > at ? head - at : 0));
    }
}

/* An instance's streets, a blank between them; every other one is of the pool. */
static const char *streets_cell(struct overview *overview, const json_t *streets)
{
    const char *text = "";
    json_t *street;
    size_t i;

    json_array_foreach(streets, i, street)
    {
        text =
            mem_printf(overview->memory, "%s%s%s", text, i ? " " : "", json_string_value(street));
    }
    return text[0] ? text : speak("all others");
}

/* A state is said in the terminal's language, all else is a name. */
static const char *text_cell(struct overview *overview, const json_t *object, const char *field)
{
    if (strcmp(field, "streets") == 0)
        return streets_cell(overview, json_object_get(object, field));
    const char *text = json_path_text(object, field);

    return strcmp(field, "state") == 0 ? speak(text) : text;
}

/* A field as text for a cell: 64-bit numbers are strings in JSON, those left out are 0, what nobody
 * tells is null. */
static const char *cell(struct overview *overview, const json_t *object, const char *field)
{
    const json_t *value = json_path_get(object, field);

    if (json_is_string(value))
        return text_cell(overview, object, field);
    if (json_is_null(value))
        return "?";
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
    .headings = {SPOKEN("broker"), SPOKEN("state"), SPOKEN(">up for ms"), SPOKEN(">waiting"),
                 SPOKEN(">at work"), SPOKEN(">dead letters")},
    .fields = {"?state", "uptime_ms", "queued", "in_flight", "dead_letters"}};
static const struct shown instance_table = {
    .list = "instances",
    .headings = {SPOKEN("broker"), SPOKEN("instance of"), SPOKEN("serves"), SPOKEN("certificate"),
                 SPOKEN(">credit"), SPOKEN(">at work"), SPOKEN(">silent ms")},
    .fields = {"?service", "?streets", "?name", "credit", "in_flight", "silent_ms"}};
/* Whose requests go to the pool, or, without a street, to nobody. */
static const struct shown missing_table = {
    .list = "missing",
    .headings = {SPOKEN("broker"), SPOKEN("nobody left of"), SPOKEN("street"), SPOKEN(">for ms")},
    .fields = {"?service", "?street", "missing_ms"}};
static const struct shown queue_table = {.list = "queues",
                                         .headings = {SPOKEN("broker"), SPOKEN("queue of"),
                                                      SPOKEN("street"), SPOKEN(">waiting"),
                                                      SPOKEN(">at work")},
                                         .fields = {"?service", "?street", "queued", "in_flight"}};

static void add_row(struct overview *overview, const struct shown *shown, struct table *table,
                    const char *address, const json_t *object)
{
    const char *cells[SHOWN_COLUMNS + 1] = {address};

    for (size_t i = 0; i < SHOWN_COLUMNS && shown->fields[i] != NULL; i++)
        cells[1 + i] = shown->fields[i][0] == '?'
                           ? text_cell(overview, object, shown->fields[i] + 1)
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

static void show_services(struct overview *overview)
{
    show_list(overview, overview->services,
              (const char *const[]){SPOKEN("service"), SPOKEN("state"), SPOKEN(">instances"), NULL},
              (const char *const[]){"service", "state", "instances", NULL});
}

static void show_journals(struct overview *overview)
{
    show_list(overview, overview->heads,
              (const char *const[]){SPOKEN("journal of"), SPOKEN("street"), SPOKEN(">head"), NULL},
              (const char *const[]){"service", "street", "seq", NULL});
    show_list(
        overview, overview->followers,
        (const char *const[]){SPOKEN("follower"), SPOKEN("journal of"), SPOKEN("street"),
                              SPOKEN(">at"), SPOKEN(">head"), SPOKEN(">behind"), NULL},
        (const char *const[]){"follower", "service", "street", "seq", "head", "behind", NULL});
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = state->input;
    else if (key == ARGP_KEY_ARG)
        usage_error(state, speak("\"%s\" is not expected"), value);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static void collect(struct overview *overview)
{
    for (size_t i = 0; i < client_brokers(overview->session->client); i++)
        ask_broker(overview, i);
    list_services(overview);
    each_service(overview, ask_followers); /* first: so nobody is ahead of a head */
    each_service(overview, ask_heads);
    measure_lag(overview);
}

static void print(struct overview *overview)
{
    show(overview, &broker_table);
    show_services(overview);
    show(overview, &instance_table);
    show(overview, &missing_table);
    show(overview, &queue_table);
    show_journals(overview);
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    /* clang-format off */
    static const struct argp argp = {
        .parser = parse,
        .doc = SPOKEN("Show every broker and service, its instances and queues, the journals'"
                      " heads, and how far services that follow them are behind.")
            "\v"
            SPOKEN("Only operators and services are told. The exit code is 3 when a broker does"
                   " not answer or a service is away."),
        .children = children};
    /* clang-format on */
    struct options options = *common;

    usage_parse(&argp, argc, argv, 0, &options);
    struct overview overview = {.session = session_open(&options, NULL)};
    if (overview.session == NULL)
        return EXIT_CODE_USAGE;
    overview.memory = talloc_new(NULL);
    overview.brokers = json_array();
    overview.services = json_array();
    overview.heads = json_array();
    overview.followers = json_array();
    collect(&overview);
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:o}", "brokers", overview.brokers, "services",
                  overview.services, "heads", overview.heads, "followers", overview.followers);
    if (options.json)
        output_json(all, JSON_COMPACT);
    else
        print(&overview);
    json_decref(all);
    talloc_free(overview.memory);
    session_close(&overview.session);
    return overview.code;
}

const struct command status_command = {
    .name = "status",
    .help = SPOKEN("brokers, services, queues, journals, who follows them"),
    .run = run};
