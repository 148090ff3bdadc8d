/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - what all methods about messages share */
#pragma once

#include "services/notification/notification.h"

/* Rows become messages by column name = field name. */
#define MESSAGE_COLUMNS                                                                            \
    "message_id, holder, rule, event_id, service, seq, event_type, subject, event_time, facts,"    \
    " title_zh, title_en, create_time, read_time"

/* Only one's own. An inbox reaches nobody but its holder, so of the four parameters of a reach only the person says
 * something; the other three are named because the server wants to know their types. */
#define OWN_INBOX(street, communities, units, person)                                              \
    "holder = " person " AND (" street "::boolean, " communities "::uuid[], " units                \
    "::uuid[]) IS NOT NULL"
