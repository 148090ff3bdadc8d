/* SPDX-License-Identifier: Apache-2.0 */
/* load_send.c - a load's talk with the server: what is there, and many requests at once */
#include "load_send.h"

#include <assert.h>
#include <string.h>

#include "json_path.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

enum {
    PAGE_ROWS = 200,
    FLIGHTS_MAX = 256, /* enough to fill batches, far from the broker's bound per connection */
};

struct flight {
    uint64_t number; /* client's; 0: free */
    size_t line;
    enum row_outcome outcome; /* if it succeeds */
};

struct sender {
    struct session *session;
    const struct sheet_rows *rows;
    struct report *report;
    size_t flying;
    struct flight flights[FLIGHTS_MAX];
};

/* The address of the service, the same for all of these methods. */
static const char service[] = "registry";

/* Requests are made here from checked values, so one that is no message of its type is our mistake. */
static ProtobufCMessage *message_of(const void *parent, const char *method, const json_t *request)
{
    struct violations violations = {0};
    ProtobufCMessage *message = NULL;
    enum status status =
        json_to_message(parent, types_method(method, NULL)->input, request, &violations, &message);

    assert(status == STATUS_OK);
    (void)status;
    return message;
}

enum status load_ask(struct session *session, const void *parent, const char *method,
                     const json_t *request, const Bus__ReplyHeader **ret_header,
                     json_t **ret_response)
{
    struct client_request out =
        session_request(session, parent, service, method, message_of(parent, method, request));
    struct client_reply reply;
    ProtobufCMessage *response;
    enum status status = session_call(session, parent, &out, &reply, &response);

    *ret_header = reply.header;
    if (status == STATUS_OK)
        *ret_response = json_from_message(response);
    return status;
}

enum status load_list(struct session *session, const void *parent, struct plan_index *index,
                      const Bus__ReplyHeader **ret_header)
{
    const struct sheet *sheet = index->sheet;
    char *token = mem_text(parent, "");

    do {
        json_t *request = json_pack("{s:i, s:s}", "pageSize", PAGE_ROWS, "pageToken", token), *page,
               *object;
        size_t i;
        enum status status = load_ask(session, parent, sheet->list, request, ret_header, &page);

        json_decref(request);
        if (status != STATUS_OK)
            return status;
        json_array_foreach(json_object_get(page, sheet->objects), i, object)
        {
            plan_index_add(index, object);
        }
        token = mem_text(parent, json_path_text(page, "next_page_token"));
        json_decref(page);
    } while (*token != '\0');
    return STATUS_OK;
}

void load_refused(struct report *report, const struct sheet *sheet, size_t line,
                  const Bus__ReplyHeader *header)
{
    const char *code = status_name((enum status)header->code);
    void *memory = talloc_new(NULL);

    for (size_t i = 0; i < header->n_violations; i++) {
        const Type__Violation *violation = header->violations[i];
        const char *column = sheet_column_of(sheet, violation->field);

        if (column == NULL && *violation->field != '\0')
            column = violation->field;
        report_fault(report, sheet->file, line, column,
                     mem_printf(memory, "%s (%s)", violation->message, violation->rule));
    }
    if (header->n_violations == 0)
        report_fault(report, sheet->file, line, NULL,
                     mem_printf(memory, "%s %s", code, header->message));
    if (exit_code_of((enum status)header->code) == EXIT_CODE_UNREACHABLE)
        report->unreachable = true;
    talloc_free(memory);
}

static void land(struct sender *sender)
{
    void *memory = talloc_new(NULL);
    struct client_reply reply;
    struct flight *flight = sender->flights;

    bool came = client_next(sender->session->client, memory, -1, &reply);
    assert(came); /* as long as anything is under way */
    (void)came;
    while (flight->number != reply.number)
        flight++;
    if (reply.header->code != TYPE__CODE__CODE_OK)
        load_refused(sender->report, sender->rows->sheet, flight->line, reply.header);
    report_row(sender->rows->totals,
               reply.header->code == TYPE__CODE__CODE_OK ? flight->outcome : ROW_FAILED);
    progress_step(sender->report->progress);
    *flight = sender->flights[--sender->flying];
    talloc_free(memory);
}

static void take_off(struct sender *sender, size_t line, enum row_outcome outcome,
                     const json_t *request)
{
    const struct sheet *sheet = sender->rows->sheet;
    const char *method = outcome == ROW_CREATED ? sheet->create : sheet->update;
    void *memory = talloc_new(NULL);
    struct client_request out = session_request(sender->session, memory, service, method,
                                                message_of(memory, method, request));

    sender->flights[sender->flying++] =
        (struct flight){client_send(sender->session->client, &out), line, outcome};
    talloc_free(memory);
}

/* Plans one row and sends what it needs. */
static void handle(struct sender *sender, struct plan_index *index, const struct sheet_row *row)
{
    const struct sheet_rows *rows = sender->rows;
    struct report *report = sender->report;
    size_t earlier;
    json_t *existing = plan_match(index, row, &earlier), *request = NULL;

    if (earlier != 0) {
        char *message = mem_printf(NULL, "line %zu means the same object", earlier);
        report_fault(report, rows->sheet->file, row->line, NULL, message);
        talloc_free(message);
        report_row(rows->totals, ROW_FAILED);
        progress_step(report->progress);
        return;
    }
    enum row_outcome outcome = plan_row(rows, row, existing, &request);
    if (outcome == ROW_EQUAL || report->dry_run) {
        report_row(rows->totals, outcome);
        progress_step(report->progress);
    } else {
        take_off(sender, row->line, outcome, request);
    }
    json_decref(request);
}

void load_send(struct session *session, const struct sheet_rows *rows, struct plan_index *index,
               struct report *report)
{
    struct sender sender = {.session = session, .rows = rows, .report = report};
    size_t next = 0;

    report->progress = progress_new(NULL, rows->sheet->file, rows->count);
    while (sender.flying > 0 || (next < rows->count && !report->unreachable)) {
        if (next < rows->count && sender.flying < FLIGHTS_MAX && !report->unreachable)
            handle(&sender, index, &rows->rows[next++]);
        else
            land(&sender);
    }
    for (; next < rows->count; next++)
        report_row(rows->totals, ROW_FAILED);
    progress_destroy(&report->progress);
}
