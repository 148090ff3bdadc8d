/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - what notification does with an event: whoever a rule names gets a message, once
 *
 * Event -> its rules -> a notice for each audience -> one statement that finds the holders, and for
 * each their unread message of the same request, which grows, or makes one -> MessagesSent.
 * Replayed, or told by two rules or to somebody with two roles, an event is told once: told_pkey.
 * ops/doc/notices.md says what people may rely on.
 */
#pragma once

#include "services/notification/rule/rules.h"

/* For a row of follow.c. */
enum status tell(struct call *call) MUST_CHECK;
