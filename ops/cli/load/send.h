/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - a load's talk with the server: what is there, and many requests at once
 */
#pragma once

#include "lease.h"
#include "names.h"
#include "session.h"

/* All pages of the sheet's list into its index, unless they are there. */
enum status load_list(struct session *session, const void *parent, struct plan_index *index,
                      const Bus__ReplyHeader **ret_header) MUST_CHECK;

/* Creates and updates what differs and takes the steps that are due, many requests in flight; with
 * a dry run only counts. Rows that fail are told one by one. After an answer that did not come, or
 * where the lease is lost, nothing more is sent. */
void load_send(struct lease *lease, struct session *session, const struct sheet_rows *rows,
               struct plan *plan, struct report *report);

/* What became of it, for the street's own row. */
void load_made(struct plan *plan, const struct sheet *sheet, const struct sheet_row *row,
               const json_t *response);

/* A row that the server refused, each violation by its column; people read names and local times,
 * for which the session asks. Sets report->unreachable. */
void load_refused(struct session *session, struct report *report, const struct sheet *sheet,
                  size_t line, const Bus__ReplyHeader *header);
