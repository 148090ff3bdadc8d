/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - jusha-story: the sample street at work, told in Chinese or English
 *
 * `jusha load` brought the street, its units, lists and drafts. From there on each step does what
 * people of the street do, as those people, and checks it by reading it back. All sessions share
 * what they have seen, so nothing waits by the clock: a request names the positions that its answer
 * must hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "ops/cli/command.h"
#include "ops/cli/language/language.h"
#include "ops/cli/output.h"
#include "ops/cli/terminal.h"
#include "ops/cli/usage.h"
#include "ops/demo/steps.h"

/* Longer than any restart of a service, a broker or PostgreSQL. */
enum { TIMEOUT_MS_MIN = 30000 };

static const struct step {
    enum story_text title;
    void (*tell)(struct story *story);
} steps[] = {
    {TEXT_STEP_STREET, story_of_street},
    {TEXT_STEP_PROGRAMME, story_of_programme},
    {TEXT_STEP_PARKING, story_of_parking},
    {TEXT_STEP_PITCH, story_of_pitch},
    {TEXT_STEP_SERVICE_POINT, story_of_service_point},
    {TEXT_STEP_MESSAGES, story_of_messages},
    {TEXT_STEP_SUBSCRIBER, story_of_subscriber},
};

struct arguments {
    struct options common;
    const char *keys;
};

enum option_key { KEY_KEYS = 'k' };

static const struct argp_option rows[] = {
    {"keys", KEY_KEYS, SPOKEN("DIR"), 0,
     SPOKEN("Folder of the certificates STREET.staff, STREET.integrator and gateway (JUSHA_KEYS)"),
     0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_KEYS:
        arguments->keys = value;
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, speak("\"%s\" is not expected"), value);
        return 0;
    case ARGP_KEY_END:
        if (arguments->keys == NULL || *arguments->keys == '\0')
            usage_error(state, "%s", speak("--keys or JUSHA_KEYS is missing"));
        if (*arguments->common.street == '\0')
            usage_error(state, "%s", speak("--street or JUSHA_STREET is missing"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A session with this certificate of the folder; NULL after a line on stderr. */
static struct session *open_as(struct story *story, const char *keys, const char *name)
{
    char *path = mem_printf(story->memory, "%s/%s.key_secret", keys, name);

    return session_open(&story->options, path);
}

/* False after a line on stderr. */
static bool open_sessions(struct story *story, const char *keys)
{
    const char *street = story->options.street;
    const struct {
        struct actor *actor;
        const char *name;
    } certificates[] = {
        {&story->street, mem_printf(story->memory, "%s.staff", street)},
        {&story->gateway, "gateway"},
        {&story->integrator, mem_printf(story->memory, "%s.integrator", street)},
    };

    for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++) {
        struct session *session = open_as(story, keys, certificates[i].name);

        if (session == NULL)
            return false;
        *certificates[i].actor = (struct actor){session, ""};
        session->seen = story->street.session->seen; /* all know what one was told */
    }
    return true;
}

static void close_sessions(struct story *story)
{
    session_close(&story->integrator.session);
    session_close(&story->gateway.session);
    session_close(&story->street.session);
}

static void tell_title(const struct story *story, size_t step)
{
    const struct story_words *title = &story_words[steps[step].title];

    if (story->options.json)
        return;
    printf("%s%s%zu. %s%s\n", step == 0 ? "" : "\n", terminal_paint(stdout, PAINT_BOLD), step + 1,
           story->chinese ? title->zh : title->en, terminal_paint(stdout, PAINT_PLAIN));
}

static void tell_summary(struct story *story)
{
    const struct story_words *summary =
        &story_words[story->failed == 0 ? TEXT_SUMMARY_GOOD : TEXT_SUMMARY_BAD];
    const char *const numbers[] = {story_number(story, story->checks),
                                   story_number(story, story->failed), NULL};

    if (story->options.json) {
        json_t *line = json_pack("{s:I, s:I}", "checks", (json_int_t)story->checks, "failed",
                                 (json_int_t)story->failed);
        output_json(line, JSON_COMPACT);
        json_decref(line);
        return;
    }
    printf("\n%s\n",
           story_format(story->memory, story->chinese ? summary->zh : summary->en, numbers));
}

static void tell(struct story *story)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !story->stopped; i++) {
        tell_title(story, i);
        steps[i].tell(story);
    }
    tell_summary(story);
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        /* clang-format off */
        .doc = SPOKEN("Tell the story of the sample street, which `jusha load` brought: programme"
                      " and tick sheet, needs that become a project, a claim, weekly bookings,"
                      " sign-ups and their waitlist, messages, a subscriber. Every line says what"
                      " was done (·) or checked by reading it back (✓).")
            "\v"
            SPOKEN("Chinese when LC_ALL, LC_MESSAGES or LANG is, else English. What an earlier"
                   " run did is found and checked again. The exit code is 1 when a check does not"
                   " hold, 3 when nobody answers, 4 when the story could not be written."),
        /* clang-format on */
        .children = children};
    struct arguments arguments = {.keys = getenv("JUSHA_KEYS")};

    options_prepare(argc, argv, &arguments.common);
    usage_parse(&argp, argc, argv, 0, &arguments);
    struct story story = {.options = arguments.common,
                          .chinese = language_is_chinese(),
                          .memory = talloc_new(NULL),
                          .kept = json_array(),
                          .expected = json_array()};
    enum exit_code code = EXIT_CODE_USAGE;

    if (story.options.timeout_ms < TIMEOUT_MS_MIN)
        story.options.timeout_ms = TIMEOUT_MS_MIN;
    if (open_sessions(&story, arguments.keys)) {
        tell(&story);
        code = story.why != EXIT_CODE_OK ? story.why
               : story.failed == 0       ? EXIT_CODE_OK
                                         : EXIT_CODE_REFUSED;
    }
    close_sessions(&story);
    json_decref(story.expected);
    json_decref(story.kept);
    talloc_free(story.memory);
    return (int)output_end(code);
}
