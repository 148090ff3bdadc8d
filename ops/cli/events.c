/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - jusha events: one line per event of a street's journals, in order
 *
 * subscriber -> line -> written and flushed -> done: so a cursor never passes an event that was not
 * written. Ctrl-C and SIGTERM flush the cursor and end with exit code 0.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "command.h"
#include "event_line.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/bus/subscriber.h"
#include "methods.h"
#include "output.h"
#include "refusal.h"
#include "session.h"
#include "usage.h"

enum { SERVICES_MAX = 8, WAIT_MS = 200 /* how long a signal may wait for its effect */ };

struct arguments {
    struct options common;
    const char *services[SERVICES_MAX + 1]; /* ends with NULL */
    size_t service_count;
    const char *cursor;
    int64_t after_seq;
    char after_id[ID_CHARS + 1]; /* of that event; "": not known */
    bool has_from, follow;
};

enum option_key {
    KEY_SERVICE = 'S',
    KEY_FROM = 'F',
    KEY_AFTER = 'A',
    KEY_FOLLOW = 'f',
    KEY_CURSOR = 'c',
};

static const struct argp_option rows[] = {
    {"service", KEY_SERVICE, SPOKEN("NAME"), 0,
     SPOKEN("Whose journal; may stand several times (default: registry)"), 0},
    {"from", KEY_FROM, "SEQ", 0,
     SPOKEN("First event to print, or \"head\" for only those that come from now on (default: the"
            " first)"),
     0},
    {"after", KEY_AFTER, "SEQ:ID", 0,
     SPOKEN("Go on behind this event, and only if the journal still has it: one that was restored"
            " from a backup may not"),
     0},
    {"follow", KEY_FOLLOW, 0, 0,
     SPOKEN("Go on with what happens; without it ends at the newest event"), 0},
    {"cursor", KEY_CURSOR, SPOKEN("NAME"), 0,
     SPOKEN(
         "Go on where this cursor stands; it is kept by the server, moves behind what was printed"
         " and belongs to the certificate"),
     0},
    {0},
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void parse_from(struct arguments *arguments, const char *value, struct argp_state *state)
{
    int64_t seq;

    arguments->has_from = true;
    if (strcmp(value, "head") == 0)
        arguments->after_seq = -1;
    else if (options_read_number(value, 0, INT64_MAX, &seq))
        arguments->after_seq = seq == 0 ? 0 : seq - 1;
    else
        usage_error(state, "%s", speak("--from must be a number from 0 or \"head\""));
}

static void parse_after(struct arguments *arguments, const char *value, struct argp_state *state)
{
    const char *colon = strchr(value, ':');
    uint8_t id[16];
    char seq[24] = "";

    arguments->has_from = true;
    if (colon != NULL && (size_t)(colon - value) < sizeof seq)
        memcpy(seq, value, (size_t)(colon - value));
    if (!options_read_number(seq, 1, INT64_MAX, &arguments->after_seq) ||
        id_parse(colon + 1, id) != 0)
        usage_error(state, "%s",
                    speak("--after must be an event's number and id, with a colon between them"));
    id_format(id, arguments->after_id);
}

static void check(const struct arguments *arguments, struct argp_state *state)
{
    if (*arguments->common.street == '\0')
        usage_error(state, "%s", speak("--street or JUSHA_STREET is missing"));
    if (arguments->cursor != NULL && arguments->has_from)
        usage_error(state, "%s", speak("--cursor and --from or --after both say where to begin"));
    if (arguments->after_id[0] != '\0' && arguments->service_count > 1)
        usage_error(state, "%s", speak("--after is a place in one journal"));
    if (!arguments->follow && arguments->after_seq < 0)
        usage_error(state, "%s", speak("--from head makes sense with --follow only"));
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_SERVICE:
        if (arguments->service_count == SERVICES_MAX)
            usage_error(state, speak("at most %d services"), SERVICES_MAX);
        method_must_serve(value, state);
        arguments->services[arguments->service_count++] = value;
        return 0;
    case KEY_FROM:
        parse_from(arguments, value, state);
        return 0;
    case KEY_AFTER:
        parse_after(arguments, value, state);
        return 0;
    case KEY_FOLLOW:
        arguments->follow = true;
        return 0;
    case KEY_CURSOR:
        if (*value == '\0')
            usage_error(state, "%s", speak("a cursor's name is empty"));
        arguments->cursor = value;
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, speak("\"%s\" is not expected"), value);
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* False when stdout takes no more; output_end says why. */
static bool print_event(const void *parent, bool json, const struct subscriber_event *event)
{
    return puts((json ? event_line_json : event_line)(parent, event)) != EOF &&
           fflush(stdout) != EOF;
}

/* Nothing came. OK to go on waiting; *ret_end when there is nothing left to wait for. */
static enum status idle(const struct arguments *arguments, const struct subscriber *subscriber,
                        enum status status, int64_t silent_ms, bool *ret_end)
{
    /* A follower may be there before its street is. */
    bool passes = status == STATUS_NOT_FOUND || status == STATUS_UNAVAILABLE ||
                  (status == STATUS_FAILED_PRECONDITION && arguments->follow);

    if (!passes)
        return status;
    if (arguments->follow)
        return STATUS_OK;
    *ret_end = status == STATUS_NOT_FOUND && subscriber_caught_up(subscriber);
    return !*ret_end && silent_ms > arguments->common.timeout_ms ? STATUS_UNAVAILABLE : STATUS_OK;
}

/* The event is printed, then counts as done. */
static enum status take(const struct arguments *arguments, struct subscriber *subscriber,
                        const void *memory, const struct subscriber_event *event)
{
    if (!print_event(memory, arguments->common.json, event))
        return STATUS_INTERNAL; /* output_end tells it */
    subscriber_done(subscriber, event);
    return STATUS_OK;
}

/* What the events do not say; it changes nothing about what is printed. */
static void tell_notices(struct subscriber *subscriber)
{
    static const struct {
        enum subscriber_notice notice;
        const char *text;
    } notices[] = {
        {SUBSCRIBER_CURSOR_RESTORED,
         SPOKEN("the journal was restored since the cursor was moved: events that were handled"
                " behind it may be in it no more")},
        {SUBSCRIBER_CLOCK_OFF,
         SPOKEN("a service refuses requests for their age: its clock or the one here is wrong")},
        {SUBSCRIBER_GAP, SPOKEN("the journal does not reach back so far: events are missing here")},
    };
    const unsigned taken = subscriber_take_notices(subscriber);

    for (size_t i = 0; i < sizeof notices / sizeof *notices; i++)
        if (taken & notices[i].notice)
            fprintf(stderr, "jusha: %s\n", speak(notices[i].text));
}

/* Until the newest event, for ever with --follow, or until a signal or nobody reads any more, which
 * `events --follow | head` is told though nothing happens. */
static enum status follow(const struct arguments *arguments, struct subscriber *subscriber)
{
    int64_t heard_ms = clock_monotonic_ms();
    enum status status = STATUS_OK;
    bool end = false;

    while (!stopped && !end && status == STATUS_OK && !output_is_unread()) {
        void *memory = talloc_new(NULL);
        struct subscriber_event event;

        status = subscriber_next(subscriber, memory, WAIT_MS, &event);
        tell_notices(subscriber);
        if (status != STATUS_OK) {
            status = idle(arguments, subscriber, status, clock_monotonic_ms() - heard_ms, &end);
        } else {
            status = take(arguments, subscriber, memory, &event);
            heard_ms = clock_monotonic_ms();
        }
        talloc_free(memory);
    }
    return status;
}

/* What ends it, in words that say what to do about it. */
static void say_why(const struct arguments *arguments, enum status status, bool other_history)
{
    const char *message = "";

    if (status == STATUS_OK || ferror(stdout))
        return;
    if (status == STATUS_ABORTED)
        message =
            other_history
                ? SPOKEN("the journal was restored and does not have the events that were read"
                         " before: what was made of them must be rebuilt, from --from 0 or"
                         " from a place that it has")
                : SPOKEN("another subscriber moves this cursor");
    else if (status == STATUS_PERMISSION_DENIED)
        message = SPOKEN("this certificate's role or streets do not allow to follow the events of"
                         " this street");
    refusal_print_status(&arguments->common, status, message);
}

static enum exit_code subscribe(const struct arguments *arguments, struct session *session)
{
    static const char *const registry_only[] = {"registry", NULL};
    const struct subscriber_options options = {
        .street = arguments->common.street,
        .services = arguments->service_count > 0 ? arguments->services : registry_only,
        .cursor = arguments->cursor,
        .after_seq = arguments->after_seq,
        .after_id = arguments->after_id,
    };
    struct subscriber *subscriber =
        subscriber_new(session, session->zmq_context, session->client, session->options->brokers,
                       &session->own, session->broker_keys, &options);

    if (subscriber == NULL)
        return EXIT_CODE_USAGE;
    if (arguments->after_seq > 0 && arguments->after_id[0] == '\0')
        fprintf(stderr, "jusha: %s\n",
                speak("a number alone does not tell whether the journal was restored since;"
                      " --after SEQ:ID does"));
    enum status status = follow(arguments, subscriber);
    enum status flushed = arguments->cursor == NULL || status == STATUS_ABORTED
                              ? STATUS_OK
                              : subscriber_flush(subscriber);
    bool other_history = subscriber_of_other_history(subscriber);
    talloc_free(subscriber); /* before the client that it borrows */
    if (status == STATUS_OK)
        status = flushed;
    say_why(arguments, status, other_history);
    return ferror(stdout) ? EXIT_CODE_OK : exit_code_of(status); /* output_end knows better */
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .doc = SPOKEN(
            "Print the events of a street, one a line: time, number, type, subject, "
            "data.") "\v" SPOKEN("--json prints the CloudEvents JSON format, one event a line. An "
                                 "event's"
                                 " cursor moves after its line was written, at most once a second: "
                                 "after a"
                                 " crash the last ones come again, none is missing. It ends well "
                                 "when"
                                 " interrupted, and when nobody reads what it prints any more."),
        .children = children};
    struct arguments arguments = {.common = *common};

    usage_parse(&argp, argc, argv, 0, &arguments);
    output_may_be_left();
    const struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: waiting ends */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    struct session *session = session_open(&arguments.common, NULL);
    if (session == NULL)
        return EXIT_CODE_USAGE;
    enum exit_code code = subscribe(&arguments, session);
    session_close(&session);
    return code;
}

const struct command events_command = {
    .name = "events",
    .help = SPOKEN("print a street's events, as they happened or happen"),
    .run = run};
