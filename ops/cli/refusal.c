/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - how a call that failed is told on stderr, to people or, with --json, to machines */
#include "refusal.h"

#include <stdio.h>
#include <string.h>

#include "known.h"
#include "language/language.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "terminal.h"

enum { INDENT = 2 }; /* of what says more */

/* What a code says where nobody said more. */
static const char *const meanings[] = {
    [STATUS_OK] = "",
    [STATUS_UNKNOWN] = SPOKEN("nobody knows whether it was done"),
    [STATUS_INVALID_ARGUMENT] = SPOKEN("the request breaks a rule"),
    [STATUS_DEADLINE_EXCEEDED] = SPOKEN("there was no time left; nothing was done"),
    [STATUS_NOT_FOUND] = SPOKEN("it is not there, or not for you to see"),
    [STATUS_ALREADY_EXISTS] = SPOKEN("there is one already"),
    [STATUS_PERMISSION_DENIED] = SPOKEN("your roles do not reach there"),
    [STATUS_RESOURCE_EXHAUSTED] = SPOKEN("it is too much at once; nothing was done"),
    [STATUS_FAILED_PRECONDITION] = SPOKEN("it cannot be done as things stand"),
    [STATUS_ABORTED] = SPOKEN("somebody else was faster: read it again"),
    [STATUS_INTERNAL] = SPOKEN("the server has a fault of its own"),
    [STATUS_UNAVAILABLE] = SPOKEN("the service is away; nothing was done"),
    [STATUS_UNAUTHENTICATED] = SPOKEN("the brokers do not know this certificate (any more)"),
};

const char *refusal_meaning(enum status status)
{
    size_t place = (size_t)status;
    const char *meaning = place < sizeof meanings / sizeof *meanings && meanings[place] != NULL
                              ? meanings[place]
                              : "";

    return speak(meaning);
}

static char *params_text(const void *parent, const Type__Violation *violation)
{
    char *text = mem_text(parent, "");

    for (size_t i = 0; i < violation->n_params; i++)
        text = mem_check(talloc_asprintf_append(text, "%s%s：%s", i == 0 ? "" : "，",
                                                speak_param(violation->params[i]->key),
                                                violation->params[i]->value));
    return text;
}

const char *refusal_words(const void *parent, const Type__Violation *violation)
{
    const char *chinese = speak_rule(violation->rule);

    if (chinese == NULL)
        return violation->message;
    if (violation->n_params == 0)
        return chinese;
    return mem_printf(parent, "%s（%s）", chinese, params_text(parent, violation));
}

static void print_violation(struct session *session, const Type__Violation *violation)
{
    void *memory = talloc_new(NULL);
    const char *words = known_words(session, memory, refusal_words(memory, violation));

    const char *field = *violation->field == '\0' ? speak("(request)") : violation->field;
    const char *colon = *words == '\0' ? "" : ": ";
    char *line = mem_printf(memory, "%s: %s%s%s", field, violation->rule, colon, words);

    terminal_say(stderr, line, 0, INDENT);
    talloc_free(memory);
}

/* The header's own words where they say more than its code and its rules do. */
const char *refusal_message(const Bus__ReplyHeader *header)
{
    const char *spoken = speak(header->message);
    bool is_told = language_is_chinese() && header->n_violations > 0;

    for (size_t i = 0; i < header->n_violations && is_told; i++)
        is_told = speak_rule(header->violations[i]->rule) != NULL;
    return *header->message == '\0' || is_told ? refusal_meaning((enum status)header->code)
                                               : spoken;
}

/* Is the id worth knowing? Nobody asks again after a refusal that is final. */
static bool is_open(enum status status)
{
    return status == STATUS_UNKNOWN || status == STATUS_UNAVAILABLE ||
           status == STATUS_DEADLINE_EXCEEDED || status == STATUS_RESOURCE_EXHAUSTED ||
           status == STATUS_INTERNAL;
}

void refusal_print(struct session *session, const struct options *options,
                   const Bus__ReplyHeader *header)
{
    void *memory;

    if (options->json) {
        char *text = json_text(NULL, &header->base);
        fprintf(stderr, "%s\n", text);
        talloc_free(text);
        return;
    }
    memory = talloc_new(NULL);
    const char *name = status_name((enum status)header->code);
    fprintf(stderr, "%s%s%s ", terminal_paint(stderr, PAINT_BAD), name,
            terminal_paint(stderr, PAINT_PLAIN));
    terminal_say(stderr, known_words(session, memory, refusal_message(header)),
                 (int)strlen(name) + 1, 0);
    talloc_free(memory);
    for (size_t i = 0; i < header->n_violations; i++)
        print_violation(session, header->violations[i]);
    if (is_open((enum status)header->code) && *header->request_id != '\0')
        fprintf(stderr, speak("  request_id: %s\n"), header->request_id);
}

void refusal_print_status(const struct options *options, enum status status, const char *message)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    header.code = (Type__Code)status;
    header.message = (char *)speak(message);
    refusal_print(NULL, options, &header);
}
