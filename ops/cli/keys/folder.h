/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.h - what the actions of `jusha keys` share: what was asked, and the folder of it
 *
 * Functions that return an exit_code other than OK, or false, have said why on stderr.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "exit_code.h"
#include "libcommon/base/status.h"
#include "libcommon/bus/certificate.h"
#include "options.h"

struct keys_arguments {
    struct options common;
    const char *action, *name, *key, *folder, *role, *streets;
    const char *until; /* YYYY-MM-DD, or "" */
    int64_t keep_days;
    bool again, force, finish, forget;
};

typedef enum exit_code keys_action(const struct keys_arguments *arguments);
keys_action keys_admit, keys_create, keys_init, keys_list, keys_renew, keys_revoke, keys_rotate;
/* What keys_rotate does for "broker". */
keys_action keys_rotate_broker;

/* A folder is made for a fresh installation only: elsewhere its name may be mistyped. */
bool keys_is_folder(const char *path);
/* Waits for others who change this folder; until the process ends. */
bool keys_lock(const struct keys_arguments *arguments);
/* Both, and that NAME is one. */
enum exit_code keys_open(const struct keys_arguments *arguments);

/* "FOLDER/NAMESUFFIX" under parent. */
char *keys_path(const void *parent, const struct keys_arguments *arguments, const char *name,
                const char *suffix);
/* Is there such a file? */
bool keys_has(const struct keys_arguments *arguments, const char *name, const char *suffix);

/* A line on stdout for a file that was made or is there. */
void keys_print_path(const struct keys_arguments *arguments, const char *path, bool made);
/* A line on stdout: the JSON, which ends, or the text for people. */
void keys_print(const struct keys_arguments *arguments, json_t *line, const char *text);
/* "path cannot be written: …" by errno. */
enum exit_code keys_unwritten(const char *path);
/* Prints the path that was made; else says what is wrong with it. */
enum exit_code keys_tell(const struct keys_arguments *arguments, const char *name,
                         enum status status, const char *suffix);

/* The certificate in NAMEsuffix. */
bool keys_read(const struct keys_arguments *arguments, const char *name, const char *suffix,
               struct certificate *ret);

/* The UTC day in so many days. */
void keys_day(int64_t days, char ret[static CERTIFICATE_DAY + 1]);

/* Is it one of our services, which keeps data and so has keys of them? */
bool keys_is_service(const char *name);

/* One more data key, or the first. */
enum exit_code keys_append_data(const struct keys_arguments *arguments, const char *service);

/* Adds a line to the folder's audit.log, mode 600: when, what, who, whose key. event: "created"
 * … */
enum exit_code keys_audit(const struct keys_arguments *arguments, const char *event,
                          const struct certificate *certificate);
/* The same of a service's data keys, which number is the newest. */
enum exit_code keys_audit_data(const struct keys_arguments *arguments, const char *event,
                               const char *service, int number);
