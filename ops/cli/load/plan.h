/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what has to happen so that the server holds what a row says
 *
 * Pure: JSON of rows and of the server's objects in, requests in JSON out.
 */
#pragma once

#include "sheet.h"

/* The server's objects of one sheet. */
struct plan_index {
    const struct sheet *sheet;
    bool listed;                    /* the server was asked */
    json_t *by_key[SHEET_KEYS_MAX]; /* value of a key -> object */
    json_t *by_name;                /* its field "name" -> object, null for several */
    json_t *several;                /* value of a key that more than one object has -> true */
    json_t *of_line;                /* line -> id of what its row means */
    json_t *taken;                  /* id -> line of the row that means it */
};

void plan_index_init(struct plan_index *index, const struct sheet *sheet);
void plan_index_clear(struct plan_index *index);

/* Keeps a reference; objects that hold their name no longer are left out. */
void plan_index_add(struct plan_index *index, json_t *object);

/* The row means this object, from now on. made: it was not there before. */
void plan_index_settle(struct plan_index *index, const struct sheet_row *row, json_t *object,
                       bool made);

/* The object that a row means, borrowed; NULL if there is none yet. *ret_line is the line of an
 * earlier row that means the same, 0 if there is none. */
json_t *plan_match(struct plan_index *index, const struct sheet_row *row, size_t *ret_line);

/* Several objects have the key of this row, so which one it means is a guess. */
bool plan_is_guess(const struct plan_index *index, const struct sheet_row *row);

/* What to do; with ROW_CREATED and ROW_UPDATED *ret_request is the request, a new reference. Only
 * fields whose column the file has are compared and changed. existing may be NULL. */
enum row_outcome plan_row(const struct sheet_rows *rows, const struct sheet_row *row,
                          const json_t *existing, json_t **ret_request);

/* The request of the sheet's step for an object that stands before it, a new reference; else
 * NULL. */
json_t *plan_step(const struct sheet *sheet, const json_t *object);
