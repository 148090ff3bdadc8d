/* SPDX-License-Identifier: Apache-2.0 */
/* count_unread.c - CountUnread: how much of the own inbox is unread, up to a thousand */
#include "libcommon/service/database/convert.h"
#include "notification_methods.h"
#include "services/notification/message/message.h"

STATEMENT(count_unread,
          .sql = "SELECT count(*) FROM (SELECT 1 FROM notification.message WHERE street = :street"
                 " AND read_time IS NULL AND " OWN_INBOX " LIMIT 1000) unread");

static enum status respond(struct call *call, const PGresult *rows)
{
    Notification__CountUnreadResponse *response = call->response;

    response->unread = (uint32_t)column_int(rows, 0, 0);
    return STATUS_OK;
}

const struct method notification_count_unread = {
    .may = MAY_READ_INBOX,
    .scope = SCOPE_STREET,
    .query = &count_unread,
    .respond = respond,
};
