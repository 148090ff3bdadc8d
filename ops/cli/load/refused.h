/* SPDX-License-Identifier: Apache-2.0 */
/* refused.h - what the server says against a row, told in the words and columns of the file */
#pragma once

#include "report.h"
#include "session.h"
#include "sheet.h"

/* A row that the server refused, each violation by its column; people read names and local times,
 * for which the session asks. Sets report->unreachable. */
void load_refused(struct session *session, struct report *report, const struct sheet *sheet,
                  size_t line, const Bus__ReplyHeader *header);
