/* SPDX-License-Identifier: Apache-2.0 */
/* refused.c - violations of requests -> faults of rows */
#include "refused.h"

#include "known.h"
#include "libcommon/base/mem.h"
#include "refusal.h"

void load_refused(struct session *session, struct report *report, const struct sheet *sheet,
                  size_t line, const Bus__ReplyHeader *header)
{
    const char *code = status_name((enum status)header->code);
    void *memory = talloc_new(NULL);

    if (report->options->json)
        session = NULL; /* machines read ids and UTC */
    for (size_t i = 0; i < header->n_violations; i++) {
        const Type__Violation *violation = header->violations[i];
        const char *column = sheet_column_of(sheet, violation->field);

        if (column == NULL && *violation->field != '\0')
            column = violation->field;
        const char *words = known_words(session, memory, refusal_words(memory, violation));
        report_fault(report, sheet->file, line, column,
                     mem_printf(memory, "%s (%s)", words, violation->rule));
    }
    if (header->n_violations == 0)
        report_fault(report, sheet->file, line, NULL,
                     mem_printf(memory, "%s %s", code,
                                known_words(session, memory, refusal_message(header))));
    if (exit_code_of((enum status)header->code) == EXIT_CODE_UNREACHABLE)
        report->unreachable = true;
    talloc_free(memory);
}
