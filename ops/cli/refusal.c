/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - how a call that failed is told on stderr, to people or, with --json, to machines */
#include "refusal.h"

#include <stdio.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "terminal.h"

static void print_violation(const Type__Violation *violation)
{
    fprintf(stderr, "  %s: %s", *violation->field == '\0' ? "(request)" : violation->field,
            violation->rule);
    if (*violation->message != '\0')
        fprintf(stderr, ": %s", violation->message);
    fputc('\n', stderr);
}

void refusal_print(const struct options *options, const Bus__ReplyHeader *header)
{
    if (options->json) {
        char *text = json_text(NULL, &header->base);
        fprintf(stderr, "%s\n", text);
        talloc_free(text);
        return;
    }
    fprintf(stderr, "%s%s%s %s\n", terminal_paint(stderr, PAINT_BAD),
            status_name((enum status)header->code), terminal_paint(stderr, PAINT_PLAIN),
            header->message);
    for (size_t i = 0; i < header->n_violations; i++)
        print_violation(header->violations[i]);
}

void refusal_print_local(const struct options *options, const char *message,
                         const struct violations *violations)
{
    Type__Violation items[VIOLATIONS_MAX];
    Type__Violation *pointers[VIOLATIONS_MAX];
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    for (size_t i = 0; i < violations->count; i++) {
        type__violation__init(&items[i]);
        items[i].field = (char *)violations->item[i].field;
        items[i].rule = (char *)violations->item[i].rule;
        items[i].message = (char *)violations->item[i].message;
        pointers[i] = &items[i];
    }
    header.code = TYPE__CODE__CODE_INVALID_ARGUMENT;
    header.message = (char *)message;
    header.n_violations = violations->count;
    header.violations = pointers;
    refusal_print(options, &header);
}
