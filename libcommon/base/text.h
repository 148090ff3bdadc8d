/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - checks on text from outside; all text is UTF-8 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters (code points) of valid UTF-8; -1 if it is not valid or holds a NUL. */
long text_characters(const char *text, size_t bytes);

/* Bytes at the start of text that are ASCII and not NUL. */
size_t text_ascii_prefix(const char *text, size_t bytes);

bool text_has_control(const char *text); /* C0, DEL or C1, without \t and \n */
bool text_has_bidi_control(
    const char *text);                    /* Unicode Bidi_Control: it turns what stands behind it */
bool text_is_slug(const char *text);      /* ^[a-z][a-z0-9-]{1,31}$ */
bool text_is_uuid(const char *text);      /* 36 characters, lower or upper case hex */
bool text_is_time_zone(const char *text); /* an IANA name that this machine's tzdata knows */
bool text_is_date(const char *text);      /* YYYY-MM-DD, a day that exists, 1970-2199 */
bool text_is_traceparent(const char *text); /* W3C Trace Context, version 00 */
