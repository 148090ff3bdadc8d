/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - what all methods about messages share */
#pragma once

#include "notification_message.pb-c.h"
#include "services/notification/contract.h"

/* Messages are read by its columns; tell.c writes them. */
extern const struct object message_object;

/* Only one's own: an inbox reaches nobody but its holder. */
#define OWN_INBOX "holder = :reach_person"
