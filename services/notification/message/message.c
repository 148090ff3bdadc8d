/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - how messages are stored */
#include "services/notification/message/message.h"

#include "libcommon/service/database/columns.h"

static const struct column columns[] = {
    COLUMN(message_id),
    COLUMN(holder),
    COLUMN(rule),
    COLUMN(event_id),
    COLUMN(service),
    COLUMN(seq),
    COLUMN(event_type),
    COLUMN(subject),
    COLUMN(event_time),
    COLUMN(facts),
    COLUMN(title_zh),
    COLUMN(title_en),
    COLUMN(create_time),
    COLUMN(read_time),
    COLUMN(causation_id),
    COLUMN(event_count),
    COLUMN(first_time),
    COLUMN(last_time),
    {0},
};

const struct object message_object = {
    .noun = "message",
    .id = "message_id",
    .of = &notification__message__descriptor,
    .table = "notification.message",
    .columns = columns,
};
