/* SPDX-License-Identifier: Apache-2.0 */
/* list_messages.c - ListMessages: the own inbox, the newest first */
#include "notification_methods.h"
#include "services/notification/message/message.h"

#define PAGE "message_id < :after_key AND " OWN_INBOX " ORDER BY message_id DESC LIMIT :page_limit"

/* Each branch walks an index of its own; :unread_only switches one of them off before it begins. */
STATEMENT(select_messages,
          .sql = "(SELECT {columns} FROM notification.message WHERE street = :street"
                 " AND NOT :unread_only::boolean AND " PAGE
                 ") UNION ALL (SELECT {columns} FROM notification.message WHERE street = :street"
                 " AND :unread_only::boolean AND read_time IS NULL AND " PAGE
                 ") ORDER BY message_id DESC",
          .object = &message_object);

const struct method notification_list_messages = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ANY(unread_only), RULES_PAGE),
    .query = &select_messages,
    .into = "messages",
    /* downwards, from behind every id */
    .page = {.key = "message_id", .first = "ffffffff-ffff-ffff-ffff-ffffffffffff"},
};
