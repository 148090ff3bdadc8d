/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - what all methods about messages share */
#pragma once

#include "services/notification/notification.h"

/* Rows become messages by column name = field name. */
#define MESSAGE_COLUMNS                                                                            \
    "message_id, holder, rule, event_id, service, seq, event_type, subject, event_time, facts,"    \
    " title_zh, title_en, create_time, read_time"

/* Only one's own: an inbox reaches nobody but its holder. */
#define OWN_INBOX "holder = :reach_person"
