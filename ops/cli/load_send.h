/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_send.h - a load's talk with the server: what is there, and many requests at once
 */
#pragma once

#include "load_plan.h"
#include "session.h"

/* One call with JSON in and out, for what is asked one at a time. *ret_response is a new reference.
 * A refusal is left to the caller: header lives under parent. */
enum status load_ask(struct session *session, const void *parent, const char *method,
                     const json_t *request, const Bus__ReplyHeader **ret_header,
                     json_t **ret_response) MUST_CHECK;

/* All pages of the sheet's list into the index. */
enum status load_list(struct session *session, const void *parent, struct plan_index *index,
                      const Bus__ReplyHeader **ret_header) MUST_CHECK;

/* Creates and updates what differs, many requests in flight; with a dry run only counts. Rows that
 * fail are told one by one. After an answer that did not come nothing more is sent. */
void load_send(struct session *session, const struct sheet_rows *rows, struct plan_index *index,
               struct report *report);

/* A row that the server refused, each violation by its column. Sets report->unreachable. */
void load_refused(struct report *report, const struct sheet *sheet, size_t line,
                  const Bus__ReplyHeader *header);
