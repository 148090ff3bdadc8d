/* SPDX-License-Identifier: Apache-2.0 */
/* notice.h - what a rule says of an event: its facts, and its titles in both languages */
#pragma once

#include "services/notification/rule/rules.h"

/* A new notice of the event that the call reacts to, under the call; its audience is not set. Waits
 * for a statement for each name and each instant that the titles hold. */
enum status notice_word(struct call *call, const struct notify_rule *rule,
                        Notification__Notice **ret_notice) MUST_CHECK;
