/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - what notification does with an event: whoever a rule names gets a message, once
 *
 * Event -> its rules -> a notice for each audience -> one insert that finds the holders ->
 * MessagesSent. Replayed, or told by two rules or to somebody with two roles, it is still one
 * message: message_event_key.
 */
#pragma once

#include "services/notification/rule/rules.h"

/* For a row of follow.c. */
enum status tell(struct call *call) MUST_CHECK;
