/* SPDX-License-Identifier: Apache-2.0 */
/* list_messages.c - ListMessages: the own inbox, the newest first */
#include "services/notification/message/message.h"
#include "notification_methods.h"

#define OWN OWN_INBOX("$5", "$6", "$7", "$8")
#define PAGE "message_id < $3 AND " OWN " ORDER BY message_id DESC LIMIT $4"

/* Each branch walks an index of its own; $2 switches one of them off before it begins. */
static const struct db_stmt select_messages = {
    .name = "select_messages",
    .sql = "(SELECT " MESSAGE_COLUMNS " FROM notification.message WHERE street = $1"
           " AND NOT $2::boolean AND " PAGE ") UNION ALL"
           " (SELECT " MESSAGE_COLUMNS " FROM notification.message WHERE street = $1"
           " AND $2::boolean AND read_time IS NULL AND " PAGE ") ORDER BY message_id DESC",
    .bind = "unread_only",
};

const struct method notification_list_messages = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ANY(unread_only), RULES_PAGE),
    .query = &select_messages,
    .with_reach = true,
    .into = "messages",
    /* downwards, from behind every id */
    .page = {.key = "message_id", .first = "ffffffff-ffff-ffff-ffff-ffffffffffff"},
};
