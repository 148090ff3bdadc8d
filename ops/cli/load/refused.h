/* SPDX-License-Identifier: Apache-2.0 */
/* refused.h - a load's refusals, by line and column of its files */
#pragma once

#include "session.h"
#include "sheet.h"

/* A row that the server refused, each violation by its column; people read names and local times,
 * for which the session asks. Sets report->unreachable. */
void load_refused(struct session *session, struct report *report, const struct sheet *sheet,
                  size_t line, const Bus__ReplyHeader *header);
