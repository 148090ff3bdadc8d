/* SPDX-License-Identifier: Apache-2.0 */
/* get_message.c - GetMessage: one message of the own inbox */
#include "notification_methods.h"
#include "services/notification/message/message.h"

STATEMENT(select_message,
          .sql = "SELECT {columns} FROM notification.message WHERE street = :street"
                 " AND message_id = :message_id AND " OWN_INBOX,
          .object = &message_object,
          .one_row = {STATUS_NOT_FOUND, "message_id", "exists", "no such message in this inbox"});

const struct method notification_get_message = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(message_id)),
    .query = &select_message,
    .into = "message",
};
