/* SPDX-License-Identifier: Apache-2.0 */
/* send.c - a load's talk with the server: what is there, and many requests at once */
#include "send.h"

#include <assert.h>
#include <string.h>

#include "ask.h"
#include "json_path.h"
#include "known.h"
#include "language/language.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "refusal.h"

enum {
    PAGE_ROWS = 200,
    FLIGHTS_MAX = 256, /* enough to fill batches, far from the broker's bound per connection */
};

struct flight {
    uint64_t number; /* client's; 0: free */
    struct sheet_row *row;
    const char *method;
    enum row_outcome outcome; /* if it succeeds */
};

struct sender {
    struct session *session;
    const struct sheet_rows *rows;
    struct plan *plan;
    struct report *report;
    size_t flying;
    struct flight flights[FLIGHTS_MAX];
};

enum status load_list(struct session *session, const void *parent, struct plan_index *index,
                      const Bus__ReplyHeader **ret_header)
{
    const struct sheet *sheet = index->sheet;
    char *token = mem_text(parent, "");

    while (!index->listed) {
        json_t *request = json_pack("{s:i, s:s}", "pageSize", PAGE_ROWS, "pageToken", token), *page,
               *object;
        size_t i;

        if (sheet->constant.filters)
            json_path_set(request, sheet->constant.field, json_string(sheet->constant.value));
        enum status status = ask(session, parent, sheet->list, NULL, request, ret_header, &page);
        json_decref(request);
        if (status != STATUS_OK)
            return status;
        json_array_foreach(json_path_get(page, sheet->objects), i, object)
        {
            plan_index_add(index, object);
        }
        token = mem_text(parent, json_path_text(page, "next_page_token"));
        json_decref(page);
        index->listed = *token == '\0';
    }
    return STATUS_OK;
}

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

void load_made(struct plan *plan, const struct sheet *sheet, const struct sheet_row *row,
               const json_t *response)
{
    json_t *object = json_deep_copy(json_path_get(response, sheet->object));

    json_object_update_missing(object, row->object); /* names of people are never sent back */
    plan_index_settle(plan_of(plan, sheet), row, object, true);
    json_decref(object);
}

static void finish(struct sender *sender, enum row_outcome outcome)
{
    report_row(sender->rows->totals, outcome);
    progress_step(sender->report->progress);
}

static void take_off(struct sender *sender, struct sheet_row *row, const char *method,
                     enum row_outcome outcome, const json_t *request)
{
    void *memory = talloc_new(NULL);
    struct client_request out = ask_request(sender->session, memory, method, request);

    sender->flights[sender->flying++] =
        (struct flight){client_send(sender->session->client, &out), row, method, outcome};
    talloc_free(memory);
}

/* The object is there: takes its step if that is due, else the row is done. */
static void go_on(struct sender *sender, struct sheet_row *row, const json_t *object,
                  enum row_outcome outcome)
{
    const struct sheet *sheet = sender->rows->sheet;
    json_t *request = plan_step(sheet, object);

    if (request == NULL)
        finish(sender, outcome);
    else if (sender->report->dry_run)
        finish(sender, ROW_UPDATED);
    else
        take_off(sender, row, sheet->step.method, outcome == ROW_EQUAL ? ROW_UPDATED : outcome,
                 request);
    json_decref(request);
}

/* The reply to a flight is OK. */
static void arrive(struct sender *sender, const void *memory, const struct flight *flight,
                   const struct client_reply *reply)
{
    const struct sheet *sheet = sender->rows->sheet;
    const struct found_method method = ask_method(memory, flight->method);
    ProtobufCMessage *message = session_unpack(memory, method.full_name, &reply->payload);
    json_t *response = message == NULL ? NULL : json_from_message(message);

    if (response == NULL) {
        report_fault(sender->report, sheet->file, flight->row->line, NULL,
                     "the answer is no message of its type");
        finish(sender, ROW_FAILED);
    } else if (flight->method == sheet->step.method) {
        finish(sender, flight->outcome);
    } else {
        if (flight->method == sheet->create)
            load_made(sender->plan, sheet, flight->row, response);
        go_on(sender, flight->row, json_path_get(response, sheet->object), flight->outcome);
    }
    json_decref(response);
}

static void land(struct sender *sender)
{
    void *memory = talloc_new(NULL);
    struct client_reply reply;
    size_t i = 0;

    bool came = client_next(sender->session->client, memory, -1, &reply);
    assert(came); /* as long as anything is under way */
    (void)came;
    while (sender->flights[i].number != reply.number)
        i++;
    const struct flight flight = sender->flights[i];
    sender->flights[i] = sender->flights[--sender->flying];
    session_note(sender->session, reply.header);
    if (reply.header->code == TYPE__CODE__CODE_OK) {
        arrive(sender, memory, &flight, &reply);
    } else {
        load_refused(sender->session, sender->report, sender->rows->sheet, flight.row->line,
                     reply.header);
        finish(sender, ROW_FAILED);
    }
    talloc_free(memory);
}

/* Nothing is sent, but other rows may name what would be made. */
static void pretend(struct sender *sender, const struct sheet_row *row)
{
    const struct sheet *sheet = sender->rows->sheet;
    json_t *object = json_deep_copy(row->object);

    if (strcmp(json_path_text(object, sheet->id), "") == 0)
        json_path_set(object, sheet->id, json_sprintf("(line %zu)", row->line));
    plan_index_settle(plan_of(sender->plan, sheet), row, object, true);
    json_decref(object);
    finish(sender, ROW_CREATED);
}

/* Plans one row and sends what it needs. */
static void handle(struct sender *sender, struct sheet_row *row)
{
    const struct sheet_rows *rows = sender->rows;
    struct plan_index *index = plan_of(sender->plan, rows->sheet);
    struct report *report = sender->report;
    size_t earlier;

    if (!names_resolve(sender->plan, rows, row, report)) {
        finish(sender, ROW_FAILED);
        return;
    }
    json_t *existing = plan_match(index, row, &earlier), *request = NULL;
    if (earlier != 0) {
        char *message = mem_printf(NULL, speak("line %zu means the same object"), earlier);
        report_fault(report, rows->sheet->file, row->line, NULL, message);
        talloc_free(message);
        finish(sender, ROW_FAILED);
        return;
    }
    if (existing != NULL && plan_is_guess(index, row))
        report_warning(report, rows->sheet->file, row->line,
                       "several are there that this row may mean; the newest is taken");
    if (existing != NULL)
        plan_index_settle(index, row, existing, false);
    enum row_outcome outcome = plan_row(rows, row, existing, &request);
    if (outcome == ROW_EQUAL)
        go_on(sender, row, existing, outcome);
    else if (report->dry_run && outcome == ROW_CREATED)
        pretend(sender, row);
    else if (report->dry_run)
        finish(sender, outcome);
    else
        take_off(sender, row, outcome == ROW_CREATED ? rows->sheet->create : rows->sheet->update,
                 outcome, request);
    json_decref(request);
}

void load_send(struct lease *lease, struct session *session, const struct sheet_rows *rows,
               struct plan *plan, struct report *report)
{
    struct sender sender = {.session = session, .rows = rows, .plan = plan, .report = report};
    size_t next = 0;

    report->progress = progress_new(NULL, rows->sheet->file, rows->count);
    while (sender.flying > 0 || (next < rows->count && !report->unreachable)) {
        if (next == rows->count || sender.flying == FLIGHTS_MAX || report->unreachable)
            land(&sender);
        else if (lease_keep(lease, report))
            handle(&sender, &rows->rows[next++]);
    }
    for (; next < rows->count; next++)
        report_row(rows->totals, ROW_FAILED);
    progress_destroy(&report->progress);
}
