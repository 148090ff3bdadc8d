/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark_read.c - MarkRead: up to 200 messages of the own inbox are read now
 *
 * Request -> those that the inbox has -> MessagesRead with those that were unread, if there are
 * any.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "notification_methods.h"
#include "services/notification/message/message.h"

/* Messages of several people are at nobody's place. */
STATEMENT(place_of_messages,
          .sql = "SELECT CASE WHEN min(holder) = max(holder) THEN min(holder)"
                 " ELSE '' END AS person_id FROM notification.message WHERE street = :street"
                 " AND message_id = ANY(:message_ids::uuid[]) HAVING count(*) > 0");

/* By their ids alone, so that no plan reads the whole inbox. */
STATEMENT(select_marks,
          .sql = "SELECT message_id, holder = :holder AS is_own, read_time IS NULL AS is_unread"
                 " FROM notification.message WHERE street = :street"
                 " AND message_id = ANY(:message_ids::uuid[])",
          .of = &notification__messages_read__descriptor);
enum { MESSAGE_ID, IS_OWN, IS_UNREAD };

STATEMENT(mark_messages,
          .sql = "UPDATE notification.message SET read_time = :read_time WHERE street = :street"
                 " AND message_id = ANY(:message_ids::uuid[])",
          .of = &notification__messages_read__descriptor);

static bool has(struct call *call, const PGresult *rows, const char *message_id)
{
    for (int row = 0; row < PQntuples(rows); row++)
        if (column_int(rows, row, IS_OWN) &&
            strcmp(column_text(call, rows, row, MESSAGE_ID), message_id) == 0)
            return true;
    return false;
}

static enum status mark_read(struct call *call)
{
    const Notification__MarkReadRequest *request = call->request;
    Notification__MarkReadResponse *response = call->response;
    Notification__MessagesRead event = NOTIFICATION__MESSAGES_READ__INIT;
    const PGresult *rows;

    event.holder = (char *)call->actor;
    event.message_ids = request->message_ids;
    event.n_message_ids = request->n_message_ids;
    event.read_time = (Google__Protobuf__Timestamp *)call->now;
    enum status status = db_query(call, &select_marks, &event.base, &rows);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < request->n_message_ids; i++)
        if (!has(call, rows, request->message_ids[i]))
            return call_fail(call, STATUS_NOT_FOUND, mem_printf(call, "message_ids[%zu]", i),
                             "exists", "it is not in this inbox");

    event.message_ids = mem_array(call, char *, (size_t)PQntuples(rows));
    event.n_message_ids = 0;
    for (int row = 0; row < PQntuples(rows); row++)
        if (column_int(rows, row, IS_UNREAD))
            event.message_ids[event.n_message_ids++] =
                (char *)column_text(call, rows, row, MESSAGE_ID);
    response->marked = event.marked = (uint32_t)event.n_message_ids;
    if (event.marked == 0)
        return STATUS_OK;
    db_do(call, &mark_messages, &event.base);
    return journal_append(call, event.holder, &event.base);
}

const struct method notification_mark_read = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_messages),
    .rules = RULES(RULE_UUIDS(message_ids, 1, 200)),
    .command = mark_read,
};
