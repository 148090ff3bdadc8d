/* SPDX-License-Identifier: Apache-2.0 */
/* id.h - UUIDv7 (RFC 9562): time-ordered ids that this process makes in increasing order */
#pragma once

#include <stdint.h>

enum { ID_CHARS = 36 };

/* 48 bits of Unix milliseconds, then a counter of 12 + 14 bits in one millisecond (RFC 9562, 6.2
 * method 1), then random bits. Increasing within the process unless its clock is set back by more
 * than a minute; any thread. */
void id_new(char id[static ID_CHARS + 1]);

/* The same, and sorted behind `floor`, a UUIDv7 that may be another process's with another clock.
 * If floor lies far ahead, so does the new id: the order counts more than the moment. */
void id_new_above(const char *floor, char id[static ID_CHARS + 1]);

/* Milliseconds since 1970 that a UUIDv7 carries; -1 if text is not a UUIDv7. */
int64_t id_unix_ms(const char *text);

/* 16 bytes <-> lower-case text. id_parse returns -1 on anything but 36 characters of a UUID. */
void id_format(const uint8_t bytes[static 16], char id[static ID_CHARS + 1]);
int id_parse(const char *text, uint8_t bytes[static 16]) __attribute__((warn_unused_result));
