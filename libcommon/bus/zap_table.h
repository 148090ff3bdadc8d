/* SPDX-License-Identifier: Apache-2.0 */
/* zap_table.h - what the folder of public certificates held at one moment; for zap.c */
#pragma once

#include "libcommon/bus/certificate.h"

struct zap_table;

/* A talloc tree of its own. NULL when the folder cannot be read (logged), or when it is as it was
 * in `known`, which may be NULL. */
struct zap_table *zap_table_read(const char *folder, const struct zap_table *known);

/* One more than the folder holds, and its end. */
void zap_table_add(struct zap_table *table, const struct certificate *certificate);
void zap_table_remove(struct zap_table *table, const char *key);

/* NULL: no file with this key, or two of them, which count as none. key: CURVE_TEXT characters. */
const struct certificate *zap_table_find(const struct zap_table *table, const char *key);

/* Certificates that stood in the old table and do not stand in the new one as they did. */
unsigned zap_table_revoked(const struct zap_table *old, const struct zap_table *fresh);
