/* SPDX-License-Identifier: Apache-2.0 */
/* mark_all_read.c - MarkAllRead: the own inbox is read now, up to the newest message that its
 * holder saw */
#include "notification_methods.h"
#include "services/notification/message/message.h"

STATEMENT(place_of_message,
          .sql = "SELECT holder AS person_id FROM notification.message WHERE street = :street"
                 " AND message_id = :up_to_message_id");

STATEMENT(count_marks,
          .sql = "SELECT (SELECT count(*) FROM notification.message WHERE street = :street"
                 " AND holder = :holder AND message_id <= seen.message_id"
                 " AND read_time IS NULL) AS marked FROM notification.message seen"
                 " WHERE street = :street AND holder = :holder AND message_id = :up_to_message_id",
          .of = &notification__messages_read__descriptor,
          .one_row = {STATUS_NOT_FOUND, "up_to_message_id", "exists",
                      "no such message in this inbox"});

STATEMENT(mark_inbox,
          .sql = "UPDATE notification.message SET read_time = :read_time WHERE street = :street"
                 " AND holder = :holder AND message_id <= :up_to_message_id AND read_time IS NULL",
          .of = &notification__messages_read__descriptor);

static enum status mark_all_read(struct call *call)
{
    const Notification__MarkAllReadRequest *request = call->request;
    Notification__MarkAllReadResponse *response = call->response;
    Notification__MessagesRead event = NOTIFICATION__MESSAGES_READ__INIT;
    const PGresult *rows;

    event.holder = (char *)call->actor;
    event.up_to_message_id = request->up_to_message_id;
    event.read_time = (Google__Protobuf__Timestamp *)call->now;
    enum status status = db_query(call, &count_marks, &event.base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &count_marks, rows, 0, &event.base);
    response->marked = event.marked;
    if (event.marked == 0)
        return STATUS_OK;
    db_do(call, &mark_inbox, &event.base);
    return journal_append(call, event.holder, &event.base);
}

const struct method notification_mark_all_read = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_message),
    .rules = RULES(RULE_UUID(up_to_message_id)),
    .command = mark_all_read,
};
