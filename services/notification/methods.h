/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - the rows of notification, one a file */
#pragma once

#include "libcommon/service/method.h"

extern const struct method notification_list_messages, notification_get_message,
    notification_count_unread, notification_mark_read, notification_mark_all_read;
extern const struct method notification_list_rules;
