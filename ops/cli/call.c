/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - jusha call METHOD JSON: one method, one answer
 *
 * METHOD by its full name or the end of it -> JSON becomes the request message -> the bus -> the
 * response as JSON on stdout, or the refusal on stderr.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "libcommon/base/id.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "methods.h"
#include "refusal.h"
#include "session.h"
#include "table.h"

enum { REQUEST_BYTES_MAX = 1024 * 1024, INDENT = 2 };

struct arguments {
    struct options common;
    const char *method, *json, *request_id, *service;
    struct seen *after;
    bool list;
};

enum option_key { KEY_REQUEST_ID = 'r', KEY_SERVICE = 'S', KEY_AFTER = 'a', KEY_LIST = 'l' };

static const struct argp_option rows[] = {
    {"request-id", KEY_REQUEST_ID, "UUID", 0,
     "UUIDv7 of the intention; asking again with the same"
     " one has no second effect (default: a new one)",
     0},
    {"service", KEY_SERVICE, "NAME", 0,
     "Service to ask, for methods that every service has"
     " (JournalService)",
     0},
    {"after", KEY_AFTER, "SERVICE:SEQ", 0,
     "Answer only when the service has applied this position of a journal that it follows, as the"
     " reply to a command told it; may stand several times",
     0},
    {"list", KEY_LIST, 0, 0, "List all methods", 0},
    {0},
};

static void parse_after(struct arguments *arguments, const char *value, struct argp_state *state)
{
    const char *colon = strchr(value, ':');
    int64_t seq = 0;

    if (colon == NULL || !options_read_number(colon + 1, 0, INT64_MAX, &seq))
        argp_error(state, "--after must be SERVICE:SEQ");
    char *service = mem_check(talloc_strndup(NULL, value, (size_t)(colon - value)));
    if (!method_serves(service))
        argp_error(state, "there is no service \"%s\"", service);
    seen_note(arguments->after, service, seq);
    talloc_free(service);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_REQUEST_ID:
        if (id_unix_ms(value) < 0)
            argp_error(state, "\"%s\" is no UUIDv7", value);
        arguments->request_id = value;
        return 0;
    case KEY_SERVICE:
        arguments->service = value;
        return 0;
    case KEY_AFTER:
        parse_after(arguments, value, state);
        return 0;
    case KEY_LIST:
        arguments->list = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "one METHOD and one JSON, not more");
        *(state->arg_num == 0 ? &arguments->method : &arguments->json) = value;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->list && arguments->json == NULL)
            argp_error(state, "METHOD and JSON are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void add_method(void *data, const struct found_method *method)
{
    table_row(data, (const char *const[]){method->full_name,
                                          method->service != NULL ? method->service : "--service",
                                          method->descriptor->input->name});
}

static enum exit_code list_methods(const void *parent)
{
    static const char *const headings[] = {"method", "served by", "request", NULL};
    struct table *table = table_new(parent, headings);

    method_each(parent, add_method, table);
    table_print(table, stdout);
    return EXIT_CODE_OK;
}

/* Standard input as text under parent; NULL when it is too long or holds a NUL. */
static char *read_input(const void *parent)
{
    char *text = mem_bytes(parent, REQUEST_BYTES_MAX + 1);
    size_t size = fread(text, 1, REQUEST_BYTES_MAX + 1, stdin);

    if (size > REQUEST_BYTES_MAX || ferror(stdin) || memchr(text, '\0', size) != NULL)
        return NULL;
    text[size] = '\0';
    return text;
}

static bool find_method(const void *parent, const struct arguments *arguments,
                        struct found_method *ret)
{
    char *candidates = NULL;
    enum status status = method_find(parent, arguments->method, ret, &candidates);

    if (status == STATUS_ALREADY_EXISTS)
        fprintf(stderr, "jusha: several methods end in \"%s\": %s\n", arguments->method,
                candidates);
    else if (status != STATUS_OK)
        fprintf(stderr, "jusha: there is no method \"%s\"; \"jusha call --list\" shows all\n",
                arguments->method);
    if (status != STATUS_OK)
        return false;
    if (arguments->service != NULL)
        ret->service = arguments->service;
    if (ret->service == NULL)
        fprintf(stderr, "jusha: every service has %s: --service is missing\n", ret->full_name);
    return ret->service != NULL;
}

static enum exit_code exchange(const void *parent, const struct arguments *arguments,
                               const struct found_method *method, const ProtobufCMessage *message)
{
    struct session *session = session_open(&arguments->common, NULL);
    struct client_reply reply;
    ProtobufCMessage *response;

    if (session == NULL)
        return EXIT_CODE_USAGE;
    struct client_request request =
        session_request(session, parent, method->service, method->full_name, message);
    request.request_id = arguments->request_id;
    request.after = seen_positions(arguments->after, &request.n_after);
    enum status status = session_call(session, parent, &request, &reply, &response);
    if (status == STATUS_OK) {
        json_t *json = json_from_message(response);
        json_dumpf(json, stdout, arguments->common.json ? JSON_COMPACT : JSON_INDENT(INDENT));
        fputc('\n', stdout);
        json_decref(json);
    } else {
        refusal_print(&arguments->common, reply.header);
    }
    session_close(&session);
    return exit_code_of(status);
}

static enum exit_code call(const void *parent, const struct arguments *arguments)
{
    struct violations violations = {0};
    struct found_method method;
    ProtobufCMessage *message;
    const char *text = arguments->json;

    if (!find_method(parent, arguments, &method))
        return EXIT_CODE_USAGE;
    if (strcmp(text, "-") == 0)
        text = read_input(parent);
    if (text == NULL) {
        fputs("jusha: standard input is longer than 1 MiB or no text\n", stderr);
        return EXIT_CODE_USAGE;
    }
    if (json_parse(parent, method.descriptor->input, text, &violations, &message) != STATUS_OK) {
        refusal_print_local(&arguments->common, "the request was not sent", &violations);
        return EXIT_CODE_REFUSED;
    }
    return exchange(parent, arguments, &method, message);
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .args_doc = "METHOD JSON\nMETHOD -\n--list",
        .doc = "Call one method and print its response as JSON."
               "\vMETHOD is the full name or the end of it: RegisterUnit. With - the request is"
               " read from standard input. Example:\n"
               "  jusha call --street xiasha ListUnits '{\"kind\": \"BANK\"}'",
        .children = children};
    void *memory = talloc_new(NULL);
    struct arguments arguments = {.common = *common, .after = seen_new(memory)};

    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    enum exit_code code = arguments.list ? list_methods(memory) : call(memory, &arguments);
    talloc_free(memory);
    return code;
}

const struct command call_command = {
    .name = "call", .help = "call one method with JSON, print its response", .run = run};
