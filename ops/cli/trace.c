/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - jusha trace ID: what one request did, from the logs of the programs that it passed
 *
 * lines -> those of the request and of what it brought about -> steps, each with its moment, how
 * long it took and whom it waited for -> in the order of time. A line is written when its request
 * ends, so its steps are counted back from there. Whoever had the street meanwhile is found among
 * the lines of other requests of that street and service: whoever keeps others waiting is slow
 * himself, and so has left a line.
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "output.h"
#include "table.h"
#include "trace_lines.h"
#include "usage.h"

enum {
    FILES_MAX = 100,
    TRACE_ID_CHARS = 32,
    WORTH_A_REASON_MS = 20, /* below it a wait is what a round trip takes */
    BEHIND_MAX = 3,         /* requests that are named as what it waited for */
    TIME_AT = 11,           /* in "2026-11-30T12:00:00.123Z" */
    TIME_CHARS = 12,
};

struct arguments {
    struct options common;
    const char *id;
    const char *files[FILES_MAX];
    size_t file_count;
};

/* All that is known, and what is made of it. */
struct trace {
    void *memory;
    const char *id;
    json_t *lines;
    json_t *steps; /* [{"at_ms", "ms", "program", "origin", "id", "step", "what", "behind"}] */
};

/* ---- moments ---- */

/* Milliseconds since 1970 when the line was written. */
static int64_t ended_ms(const json_t *line)
{
    int64_t seconds = 0;
    int32_t nanos = 0;

    (void)clock_parse(trace_text(line, "ts"), &seconds, &nanos);
    return seconds * 1000 + nanos / 1000000;
}

static int64_t began_ms(const json_t *line)
{
    return ended_ms(line) - trace_number(line, "whole_ms");
}

static const char *format_ms(const struct trace *trace, int64_t ms)
{
    char second[CLOCK_TEXT] = "";

    (void)clock_format(ms / 1000, 0, second);
    return mem_printf(trace->memory, "%.19s.%03dZ", second, (int)(ms % 1000));
}

/* ---- whom it waited for ---- */

static bool is_same(const json_t *one, const json_t *other, const char *name)
{
    return strcmp(trace_text(one, name), trace_text(other, name)) == 0;
}

/* Had this one's batch the street at some time between the two moments? */
static bool had_street(const json_t *line, int64_t from_ms, int64_t to_ms)
{
    int64_t had_ms =
        began_ms(line) + trace_number(line, "queue_ms") + trace_number(line, "lock_ms");

    return strcmp(trace_text(line, "kind"), "command") == 0 && had_ms < to_ms &&
           had_ms + trace_number(line, "database_ms") > from_ms;
}

static json_t *find_those_before(const struct trace *trace, const json_t *line, int64_t from_ms,
                                 int64_t to_ms)
{
    json_t *behind = json_array(), *other;
    size_t i;

    json_array_foreach(trace->lines, i, other)
    {
        if (to_ms - from_ms >= WORTH_A_REASON_MS && json_array_size(behind) < BEHIND_MAX &&
            !is_same(line, other, "id") && is_same(line, other, "street") &&
            is_same(line, other, "service") && had_street(other, from_ms, to_ms))
            json_array_append_new(behind, json_string(trace_text(other, "id")));
    }
    return behind;
}

/* ---- steps ---- */

static const char *program_of(const json_t *line)
{
    return strcmp(trace_text(line, "event"), "routed") == 0 ? "broker"
                                                            : trace_text(line, "service");
}

/* Takes `behind`. */
static void add_step(struct trace *trace, const json_t *line, const char *step, int64_t at_ms,
                     int64_t ms, const char *what, json_t *behind)
{
    json_array_append_new(trace->steps,
                          json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:o}", "at_ms",
                                    (json_int_t)at_ms, "at", format_ms(trace, at_ms), "ms",
                                    (json_int_t)ms, "program", program_of(line), "origin",
                                    trace_text(line, "origin"), "id", trace_text(line, "id"),
                                    "step", step, "what", what, "behind", behind));
}

/* Waiting that took no time at all is no step. */
static int64_t add_wait(struct trace *trace, const json_t *line, const char *step, int64_t at_ms,
                        const char *what)
{
    int64_t ms = trace_number(line, mem_printf(trace->memory, "%s_ms", step));

    if (ms > 0)
        add_step(trace, line, step, at_ms, ms, what,
                 find_those_before(trace, line, at_ms, at_ms + ms));
    return at_ms + ms;
}

static void add_routed(struct trace *trace, const json_t *line)
{
    int64_t at_ms = began_ms(line), sent_ms = at_ms + trace_number(line, "waited_ms");
    const char *worker = trace_text(line, "worker"), *code = trace_text(line, "code");

    add_step(trace, line, "queued", at_ms, sent_ms - at_ms,
             mem_printf(trace->memory, speak("waits in its street's queue, asked by %s"),
                        trace_text(line, "caller")),
             json_array());
    if (*worker != '\0')
        add_step(trace, line, "sent", sent_ms, trace_number(line, "worker_ms"),
                 mem_printf(trace->memory, speak("is at %s"), worker), json_array());
    if (*code != '\0')
        add_step(trace, line, "refused", ended_ms(line), 0,
                 mem_printf(trace->memory, speak("the broker answers %s, rule %s"), code,
                            trace_text(line, "rule")),
                 json_array());
}

/* What a service begins with. */
static const char *describe_begin(struct trace *trace, const json_t *line)
{
    const char *method = strchr(trace_text(line, "method"), '/'),
               *source = trace_text(line, "source"), *timer = trace_text(line, "timer");

    if (*source != '\0')
        return mem_printf(trace->memory, speak("reacts to event %lld of %s"),
                          (long long)trace_number(line, "source_seq"), source);
    if (*timer != '\0')
        return mem_printf(trace->memory, speak("fires the timer %s"), timer);
    return mem_printf(trace->memory, speak("takes %s"), method != NULL ? method + 1 : "?");
}

static const char *describe_end(struct trace *trace, const json_t *line)
{
    const char *rule = trace_text(line, "rule"), *code = trace_text(line, "code");
    json_int_t events = trace_number(line, "events");

    if (*rule != '\0')
        return mem_printf(trace->memory, speak("ends with %s, rule %s"), code, rule);
    if (events > 0)
        return mem_printf(trace->memory, speak("ends with %s; events: %lld, the last is %lld"),
                          code, (long long)events, (long long)trace_number(line, "seq"));
    return mem_printf(trace->memory, speak("ends with %s"), code);
}

static void add_served(struct trace *trace, const json_t *line)
{
    int64_t at_ms = began_ms(line);

    add_step(trace, line, "taken", at_ms, 0, describe_begin(trace, line), json_array());
    at_ms = add_wait(trace, line, "queue", at_ms, speak("waits for a batch"));
    at_ms = add_wait(trace, line, "lock", at_ms, speak("waits for the street's lock"));
    add_step(trace, line, "database", at_ms, trace_number(line, "database_ms"),
             mem_printf(trace->memory, speak("is in the database, in a batch of %lld"),
                        (long long)trace_number(line, "batch")),
             json_array());
    add_step(trace, line, "ended", ended_ms(line), 0, describe_end(trace, line), json_array());
}

static bool is_of(const json_t *line, const char *id)
{
    static const char *const names[] = {"id", "trace", "cause", "request_id"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(trace_text(line, names[i]), id) == 0)
            return true;
    return false;
}

static void add_line(struct trace *trace, const json_t *line)
{
    const char *event = trace_text(line, "event");

    if (strcmp(event, "routed") == 0)
        add_routed(trace, line);
    else if (strcmp(event, "request") == 0 || strcmp(event, "reaction") == 0)
        add_served(trace, line);
    else
        add_step(trace, line, "said", ended_ms(line), 0,
                 mem_printf(trace->memory, speak("says %s"), event), json_array());
}

/* By insertion: those of one moment stay in the order of their lines. */
static void sort(json_t *steps)
{
    for (size_t i = 1; i < json_array_size(steps); i++) {
        json_t *step = json_incref(json_array_get(steps, i));
        size_t place = i;

        while (place > 0 && trace_number(json_array_get(steps, place - 1), "at_ms") >
                                trace_number(step, "at_ms"))
            place--;
        json_array_remove(steps, i);
        json_array_insert_new(steps, place, step);
    }
}

static void make_steps(struct trace *trace)
{
    json_t *line;
    size_t i;

    json_array_foreach(trace->lines, i, line)
    {
        if (is_of(line, trace->id))
            add_line(trace, line);
    }
    sort(trace->steps);
}

/* ---- print ---- */

static const char *what_cell(const struct trace *trace, const json_t *step)
{
    const char *text = trace_text(step, "what");
    json_t *id;
    size_t i;

    json_array_foreach(json_object_get(step, "behind"), i, id)
    {
        text = mem_printf(trace->memory, i == 0 ? speak("%s, behind %s") : "%s %s", text,
                          json_string_value(id));
    }
    return text;
}

static void print_steps(const struct trace *trace)
{
    static const char *const headings[] = {SPOKEN("time (UTC)"), SPOKEN(">ms"), SPOKEN("program"),
                                           SPOKEN("what"), NULL};
    struct table *table = table_new(trace->memory, headings);
    json_t *step;
    size_t i;

    json_array_foreach(trace->steps, i, step)
    {
        const char *origin = trace_text(step, "origin");
        const char *cells[] = {
            mem_printf(trace->memory, "%.*s", TIME_CHARS, trace_text(step, "at") + TIME_AT),
            mem_printf(trace->memory, "%lld", (long long)trace_number(step, "ms")),
            *origin == '\0'
                ? trace_text(step, "program")
                : mem_printf(trace->memory, "%s (%s)", trace_text(step, "program"), origin),
            what_cell(trace, step)};

        table_row(table, cells);
    }
    table_print(table, stdout);
}

static void print_json(const struct trace *trace)
{
    json_t *step;
    size_t i;

    json_array_foreach(trace->steps, i, step)
    {
        json_object_del(step, "at_ms");
        output_json(step, JSON_COMPACT);
    }
}

/* ---- the command ---- */

static bool is_trace_id(const char *text)
{
    return strlen(text) == TRACE_ID_CHARS &&
           strspn(text, "0123456789abcdefABCDEF") == TRACE_ID_CHARS;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->id != NULL && arguments->file_count == FILES_MAX)
            usage_error(state, speak("\"%s\" is not expected"), value);
        if (arguments->id != NULL) {
            arguments->files[arguments->file_count++] = value;
            return 0;
        }
        if (!text_is_uuid(value) && !is_trace_id(value))
            usage_error(state, speak("\"%s\" is neither a request_id nor a trace id"), value);
        arguments->id = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        usage_error(state, "%s", speak("ID is needed"));
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool read_files(const struct arguments *arguments, json_t *lines)
{
    for (size_t i = 0; i < arguments->file_count; i++) {
        FILE *file = fopen(arguments->files[i], "re");

        if (file == NULL) {
            complain(EXIT_CODE_USAGE, speak("%s cannot be read: %s"), arguments->files[i],
                     strerror(errno));
            return false;
        }
        trace_lines_read(file, arguments->id, lines);
        fclose(file);
    }
    if (arguments->file_count == 0)
        trace_lines_read(stdin, arguments->id, lines);
    return true;
}

static enum exit_code show(const struct arguments *arguments, struct trace *trace)
{
    if (!read_files(arguments, trace->lines))
        return EXIT_CODE_USAGE;
    make_steps(trace);
    if (json_array_size(trace->steps) == 0)
        return complain(EXIT_CODE_REFUSED,
                        speak("no line is of %s: only slow requests leave one, unless they are"
                              " asked with --trace, or --log_slow_ms=0 is set"),
                        trace->id);
    if (arguments->common.json)
        print_json(trace);
    else
        print_steps(trace);
    return EXIT_CODE_OK;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .args_doc = SPOKEN("ID [FILE…]"),
        .doc = SPOKEN(
            "Tell what one request did, in the order of "
            "time, from the programs' logs.") "\v" SPOKEN("ID is a request_id or a trace id. Logs "
                                                          "are read from "
                                                          "files or standard input, of any"
                                                          " programs mixed, logfmt or JSON, with "
                                                          "the prefixes of "
                                                          "docker-compose or journalctl or"
                                                          " without. Nothing is sent. Example:\n"
                                                          "  docker-compose logs --no-color | "
                                                          "jusha trace "
                                                          "0190a000-0000-7000-8000-000000000001"),
        .children = children};
    struct arguments arguments = {.common = *common};

    usage_parse(&argp, argc, argv, 0, &arguments);
    void *memory = mem_check(talloc_new(NULL));
    struct trace trace = {
        .memory = memory, .id = arguments.id, .lines = json_array(), .steps = json_array()};
    enum exit_code code = show(&arguments, &trace);
    json_decref(trace.lines);
    json_decref(trace.steps);
    talloc_free(memory);
    return code;
}

const struct command trace_command = {
    .name = "trace", .help = SPOKEN("what one request did, from the programs' logs"), .run = run};
