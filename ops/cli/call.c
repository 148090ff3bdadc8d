/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - jusha call METHOD JSON: one method, one answer
 *
 * METHOD by its full name or the end of it -> JSON becomes the request message -> the bus -> the
 * response as JSON on stdout, or the refusal on stderr. Where nobody knows whether it was done, the
 * command to ask again with: the same request_id has no second effect.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "language/language.h"
#include "libcommon/base/id.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "methods.h"
#include "mistakes.h"
#include "output.h"
#include "refusal.h"
#include "session.h"
#include "table.h"
#include "usage.h"

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
     SPOKEN("UUIDv7 of the intention; asking again with the same one has no second effect (default:"
            " a new one)"),
     0},
    {"service", KEY_SERVICE, SPOKEN("NAME"), 0,
     SPOKEN("Service to ask, for methods that every service has (JournalService)"), 0},
    {"after", KEY_AFTER, "SERVICE:SEQ", 0,
     SPOKEN("Answer only when the service has applied this position of a journal that it follows,"
            " as the reply to a command told it; may stand several times"),
     0},
    {"list", KEY_LIST, 0, 0, SPOKEN("List all methods"), 0},
    {0},
};

static void parse_after(struct arguments *arguments, const char *value, struct argp_state *state)
{
    size_t length = strcspn(value, ":");
    int64_t seq = 0;

    if (value[length] == '\0' || !options_read_number(value + length + 1, 0, INT64_MAX, &seq))
        usage_error(state, "%s", speak("--after must be SERVICE:SEQ"));
    char *service = mem_check(talloc_strndup(NULL, value, length));
    method_must_serve(service, state);
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
            usage_error(state, speak("\"%s\" is no UUIDv7"), value);
        arguments->request_id = value;
        return 0;
    case KEY_SERVICE:
        method_must_serve(value, state);
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
            usage_error(state, "%s", speak("one METHOD and one JSON, not more"));
        *(state->arg_num == 0 ? &arguments->method : &arguments->json) = value;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->list && arguments->json == NULL)
            usage_error(state, "%s", speak("METHOD and JSON are needed"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *served_by(const struct found_method *method)
{
    return method->service != NULL ? method->service : "--service";
}

static void add_method(void *data, const struct found_method *method)
{
    table_row(data, (const char *const[]){method->full_name, served_by(method),
                                          method->descriptor->input->name});
}

static void print_method(void *data, const struct found_method *method)
{
    json_t *line = json_pack("{s:s, s:s?, s:s, s:s}", "method", method->full_name, "service",
                             method->service, "request", method->descriptor->input->name,
                             "response", method->descriptor->output->name);

    (void)data;
    output_json(line, JSON_COMPACT);
    json_decref(line);
}

/* One object a line for machines. */
static enum exit_code list_methods(const void *parent, bool json)
{
    static const char *const headings[] = {SPOKEN("method"), SPOKEN("served by"), SPOKEN("request"),
                                           NULL};
    struct table *table = table_new(parent, headings);

    method_each(parent, json ? print_method : add_method, table);
    table_print(table, stdout);
    return EXIT_CODE_OK;
}

/* Standard input as text under parent, without the byte-order mark that some shells put before it;
 * NULL when it is too long or holds a NUL. */
static char *read_input(const void *parent)
{
    static const char mark[] = "\xef\xbb\xbf";
    char *text = mem_bytes(parent, REQUEST_BYTES_MAX + 1);
    size_t size = fread(text, 1, REQUEST_BYTES_MAX + 1, stdin);

    if (size > REQUEST_BYTES_MAX || ferror(stdin) || memchr(text, '\0', size) != NULL)
        return NULL;
    text[size] = '\0';
    return strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : text;
}

static bool find_method(const void *parent, const struct arguments *arguments,
                        struct found_method *ret)
{
    if (!method_choose(parent, arguments->method, ret))
        return false;
    if (arguments->service != NULL)
        ret->service = arguments->service;
    if (ret->service == NULL)
        complain(EXIT_CODE_USAGE, speak("every service has %s: --service is missing"),
                 ret->full_name);
    return ret->service != NULL;
}

/* A word for the shell, under parent: as it is, or in single quotes. What begins with "=" is the
 * path of a program to zsh. */
static const char *quoted(const void *parent, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:,=@%+";
    char *text = mem_text(parent, "'");

    if (*word != '\0' && *word != '=' && word[strspn(word, plain)] == '\0')
        return word;
    for (; *word != '\0'; word++)
        text = mem_check(*word == '\'' ? talloc_strdup_append(text, "'\\''")
                                       : talloc_strndup_append(text, word, 1));
    return mem_check(talloc_strdup_append(text, "'"));
}

/* What to type to ask again with the same id, which stands where every option may: behind a "--" it
 * would be none. */
static void print_again(const void *parent, const struct arguments *arguments,
                        const char *request_id)
{
    char *const *typed = arguments->common.typed;
    char *line = mem_text(parent, quoted(parent, typed[0]));

    for (int i = 1; typed[i] != NULL; i++) {
        line = mem_check(talloc_asprintf_append(line, " %s", quoted(parent, typed[i])));
        if (i == arguments->common.command && arguments->request_id == NULL)
            line = mem_check(talloc_asprintf_append(line, " --request-id %s", request_id));
    }
    fprintf(stderr, speak("  it has no second effect to ask again with the same id:\n  %s\n"),
            line);
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
        output_json(json, arguments->common.json ? JSON_COMPACT : JSON_INDENT(INDENT));
        json_decref(json);
    } else {
        refusal_print(session, &arguments->common, reply.header);
        if (exit_code_of(status) == EXIT_CODE_UNREACHABLE && !arguments->common.json)
            print_again(parent, arguments, reply.header->request_id);
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
    if (text == NULL)
        return complain(
            EXIT_CODE_USAGE, "%s",
            speak("standard input cannot be read, is longer than 1 MiB, or is no text"));
    if (json_parse(parent, method.descriptor->input, text, &violations, &message) != STATUS_OK) {
        mistakes_print(&arguments->common, method.descriptor->input, text, &violations);
        return EXIT_CODE_USAGE;
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
        .doc = SPOKEN("Call one method and print its response as JSON.") "\v" SPOKEN(
            "METHOD is the full name or the end of it: RegisterUnit; \"jusha describe METHOD\" "
            "tells"
            " its fields and rules. With - the request is read from standard input. Example:\n"
            "  jusha call --street xiasha ListUnits '{\"kind\": \"BANK\"}'"),
        .children = children};
    void *memory = talloc_new(NULL);
    struct arguments arguments = {.common = *common, .after = seen_new(memory)};

    usage_parse(&argp, argc, argv, 0, &arguments);
    enum exit_code code =
        arguments.list ? list_methods(memory, arguments.common.json) : call(memory, &arguments);
    talloc_free(memory);
    return code;
}

const struct command call_command = {
    .name = "call", .help = SPOKEN("call one method with JSON, print its response"), .run = run};
