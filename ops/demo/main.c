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

#include "ops/cli/command.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "ops/demo/steps.h"
#include "ops/cli/terminal.h"

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
    {"keys", KEY_KEYS, "DIR", 0,
     "Folder of the certificates STREET.staff, STREET.integrator and gateway (JUSHA_KEYS)", 0},
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
        argp_error(state, "\"%s\" is not expected", value);
        return 0;
    case ARGP_KEY_END:
        if (arguments->keys == NULL || *arguments->keys == '\0')
            argp_error(state, "--keys or JUSHA_KEYS is missing");
        if (!text_is_slug(arguments->common.street))
            argp_error(state, "--street or JUSHA_STREET is missing or no slug");
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

static void tell(struct story *story)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !story->stopped; i++) {
        const struct story_words *title = &story_words[steps[i].title];

        printf("%s%s%zu. %s%s\n", i == 0 ? "" : "\n", terminal_paint(stdout, PAINT_BOLD), i + 1,
               story->chinese ? title->zh : title->en, terminal_paint(stdout, PAINT_PLAIN));
        steps[i].tell(story);
    }
    const struct story_words *summary =
        &story_words[story->failed == 0 ? TEXT_SUMMARY_GOOD : TEXT_SUMMARY_BAD];
    printf("\n%s\n", story_format(story->memory, story->chinese ? summary->zh : summary->en,
                                  (const char *const[]){story_number(story, story->checks),
                                                        story_number(story, story->failed), NULL}));
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .doc =
            "Tell the story of the sample street, which `jusha load` brought: programme and tick"
            " sheet, needs that become a project, a claim, weekly bookings, sign-ups and their"
            " waitlist, messages, a subscriber. Every line says what was done (·) or checked by"
            " reading it back (✓)."
            "\vChinese when LC_ALL, LC_MESSAGES or LANG is, else English. What an earlier run did"
            " is found and checked again. The exit code is 1 when a check does not hold, 3"
            " when nobody answers.",
        .children = children};
    struct arguments arguments = {.keys = getenv("JUSHA_KEYS")};

    argp_err_exit_status = EXIT_CODE_USAGE;
    argp_program_version = "jusha-story " JUSHA_VERSION;
    log_set_level(LOG_WARNING); /* people read this terminal */
    options_from_environment(&arguments.common);
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct story story = {.options = arguments.common,
                          .chinese = story_is_chinese(),
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
    return (int)code;
}
