/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - page tokens: where the next page starts, bound to the filter it was made for
 *
 * A token is base64url of eight bytes of BLAKE2b over method, street and filter (the request
 * without its page fields), then the key of the last row. It holds no secret: a forged one shows
 * the caller nothing that the list would not.
 */
#pragma once

#include "libcommon/service/method/method.h"

/* Sets call->page_after from the request's token; INVALID_ARGUMENT on "page_token" if it is none of
 * ours, or one of another filter. */
enum status page_open(struct call *call) MUST_CHECK;
int page_size(const struct call *call); /* rows, 1-200 */
/* Sets next_page_token of the response behind this row. */
void page_set_next(struct call *call, const PGresult *rows, int last_row);
