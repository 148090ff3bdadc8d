/* SPDX-License-Identifier: Apache-2.0 */
/* zap_table.h - what the folder of public certificates held at one moment; for zap.c */
#pragma once

#include "libcommon/bus/certificate.h"

struct zap_table;

/* A talloc tree of its own. NULL when the folder cannot be read (logged), or when it is as it was
 * in `known`, which may be NULL, and it is still the same day, since certificates expire. */
struct zap_table *zap_table_read(const char *folder, const struct zap_table *known, int64_t now_us);

/* One more than the folder holds, and its end. */
void zap_table_add(struct zap_table *table, const struct certificate *certificate);
void zap_table_remove(struct zap_table *table, const char *key);

/* NULL: it does not count, zap_table_refusal says why. key: CURVE_TEXT characters. */
const struct certificate *zap_table_find(const struct zap_table *table, const char *key);
/* Why a key does not count: "unknown", no file has it; "doubled", two files give it to different
 * people; "expired"; "revoked". *ret_name: of its certificate, or "". */
const char *zap_table_refusal(const struct zap_table *table, const char *key,
                              const char **ret_name);

/* Certificates that counted in the old table and do not in the new one as they did. */
unsigned zap_table_revoked(const struct zap_table *old, const struct zap_table *fresh);

/* Certificates that expire within 30 days and have not yet. */
unsigned zap_table_expiring(const struct zap_table *table);
/* Logs what came, went and changed since `old` (NULL: nothing), and what expires within 30 days:
 * all of it once a day. */
void zap_table_tell(const struct zap_table *old, const struct zap_table *fresh);
