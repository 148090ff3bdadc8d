/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoked.h - the public keys of a folder that count no more, whatever files have them
 *
 * A file "revoked" in the folder: a line "PUBLICKEY NAME YYYY-MM-DD" for each, the day in UTC.
 * Lines are only added, several at once, whole or not at all. Without the file nobody was revoked.
 */
#pragma once

#include <stdbool.h>

#include <uthash.h>

#include "libcommon/bus/certificate.h"

#define REVOKED_FILE "revoked"

struct revoked_key {
    char key[CURVE_TEXT + 1], name[CERTIFICATE_NAME + 1], day[CERTIFICATE_DAY + 1];
    UT_hash_handle hh; /* by key */
};

struct revoked;

/* NULL with errno when the file is there and cannot be read: nobody knows who was revoked. A line
 * that begins with no key is logged and counts for nothing. */
struct revoked *revoked_read(const void *parent, const char *folder);

/* NULL: it was not. key: CURVE_TEXT characters. */
const struct revoked_key *revoked_find(const struct revoked *revoked, const char *key);
/* Any key of this name. */
const struct revoked_key *revoked_find_name(const struct revoked *revoked, const char *name);

/* Adds a line for each of these keys that is not there yet. False with errno: none was added. One
 * caller at a time. */
bool revoked_add(const char *folder, const struct certificate *certificates, size_t count,
                 const char *day) MUST_CHECK;
