/* SPDX-License-Identifier: Apache-2.0 */
/* followers.c - the journals that a service follows, and its rows for their events, checked at the
 * start */
#include "libcommon/service/following/followers.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/following/streams.h"

static struct journal {
    const char *service;
    const struct followed *by[FOLLOW_ROWS_MAX]; /* NULL behind the last */
} journals[JOURNALS_MAX];
static size_t journal_count;

size_t followers_count(void)
{
    return journal_count;
}

const char *followers_source(size_t source)
{
    return journals[source].service;
}

size_t followers_find(const char *service)
{
    size_t i = 0;

    while (i < journal_count && strcmp(journals[i].service, service) != 0)
        i++;
    return i;
}

void followers_forget(struct call *call, size_t source)
{
    for (size_t row = 0; row < FOLLOW_ROWS_MAX && journals[source].by[row]; row++)
        for (const struct db_stmt *const *stmt = journals[source].by[row]->forget; stmt && *stmt;
             stmt++)
            db_do(call, *stmt, NULL);
}

static void add_journal(const struct followed *followed)
{
    size_t place = followers_find(followed->service), row = 0;

    if (place == JOURNALS_MAX)
        abort(); /* a service follows a handful */
    journals[place].service = followed->service;
    while (journals[place].by[row])
        row++;
    journals[place].by[row] = followed;
    journal_count = place == journal_count ? journal_count + 1 : journal_count;
}

static const char *check_row(const void *parent, const struct follow *row)
{
    const ProtobufCFieldDescriptor *part =
        row->part ? protobuf_c_message_descriptor_get_field_by_name(row->event, row->part) : NULL;

    if (!row->copy && !row->part)
        return row->react ? NULL : "neither a copy nor a reaction";
    if (!row->copy || !row->part)
        return "a copy without its part, or a part without its copy";
    if (!part || part->type != PROTOBUF_C_TYPE_MESSAGE)
        return "its part is no message of the event";
    return statement_bind(parent, row->copy, part->descriptor);
}

/* Is it of the table that the copy is kept in? */
static bool deletes_from_table_of(const struct db_stmt *copy, const struct db_stmt *forget)
{
    static const char into[] = "INSERT INTO ", from[] = "DELETE FROM ";
    const char *table = copy->sql + strlen(into), *other = forget->sql + strlen(from);
    size_t length = strcspn(table, " ");

    return strncmp(copy->sql, into, strlen(into)) == 0 &&
           strncmp(forget->sql, from, strlen(from)) == 0 && strcspn(other, " ") == length &&
           strncmp(table, other, length) == 0;
}

/* Streets stay, whatever becomes of the registry's journal: their rows are this service's own. */
static bool is_forgotten(const struct followed *followed, const struct follow *row)
{
    if (!row->copy || followed == &streams_followed)
        return true;
    for (const struct db_stmt *const *stmt = followed->forget; stmt && *stmt; stmt++)
        if (deletes_from_table_of(row->copy, *stmt))
            return true;
    return false;
}

/* Only the last one of an event would be looked at. */
static bool is_repeated(const struct followed *followed, const struct follow *row)
{
    const struct follow *other = followed->events;

    while (other->event != row->event)
        other++;
    return other != row;
}

static void check_rows(const void *parent, const struct followed *followed)
{
    for (const struct follow *row = followed->events; row->event; row++) {
        const char *wrong = check_row(parent, row);
        if (!wrong && !is_forgotten(followed, row))
            wrong = "nothing deletes its copies before they are rebuilt";
        if (!wrong && is_repeated(followed, row))
            wrong = "this event has two rows: a copy and a reaction stand in one";
        if (!wrong)
            continue;
        log_error("follow_invalid", "event=%s reason=%s", row->event->name, LOG_QUOTED(wrong));
        exit(EXIT_FAILURE);
    }
}

bool followers_rows(size_t source, const char *type, const struct follow *ret[FOLLOW_ROWS_MAX])
{
    const struct journal *journal = &journals[source];
    bool found = false;

    for (size_t i = 0; i < FOLLOW_ROWS_MAX && journal->by[i]; i++)
        for (const struct follow *row = journal->by[i]->events; row->event; row++)
            if (strcmp(row->event->name, type) == 0) {
                ret[i] = row;
                found = true;
            }
    return found;
}

void followers_start(const struct service *service)
{
    void *mem = mem_check(talloc_new(NULL));

    if (service->follows)
        add_journal(&streams_followed);
    for (const struct followed *followed = service->follows; followed && followed->service;
         followed++)
        add_journal(followed);
    for (size_t i = 0; i < journal_count; i++)
        for (size_t row = 0; row < FOLLOW_ROWS_MAX && journals[i].by[row]; row++)
            check_rows(mem, journals[i].by[row]);
    talloc_free(mem);
}
