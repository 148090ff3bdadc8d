/* SPDX-License-Identifier: Apache-2.0 */
/* get_message.c - GetMessage: one message of the own inbox */
#include "services/notification/message/message.h"
#include "notification_methods.h"

static const struct db_stmt select_message = {
    .name = "select_message",
    .sql = "SELECT " MESSAGE_COLUMNS " FROM notification.message WHERE street = $1"
           " AND message_id = $2 AND " OWN_INBOX("$3", "$4", "$5", "$6"),
    .bind = "message_id",
    .one_row = {STATUS_NOT_FOUND, "message_id", "exists", "no such message in this inbox"},
};

const struct method notification_get_message = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(message_id)),
    .query = &select_message,
    .with_reach = true,
    .into = "message",
};
