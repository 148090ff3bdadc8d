/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.h - an identity on the bus: CURVE key pair, name, role, streets
 *
 * Files are ZPL (RFC 4) as czmq and pyzmq write them: <name>.key with the public key,
 * <name>.key_secret (mode 600) with both. Metadata: name, role ("STREET_STAFF"), streets ("xiasha
 * yanlan", or "*" for all), until ("2027-06-30", the last UTC day on which it counts; missing: for
 * ever).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bus_caller.pb-c.h"
#include "libcommon/base/status.h"
#include "libcommon/bus/ports.h"

enum { CERTIFICATE_NAME = 64, CERTIFICATE_STREETS = 1024, CERTIFICATE_DAY = 10, CURVE_TEXT = 40 };

struct certificate {
    char name[CERTIFICATE_NAME + 1];
    Bus__Role role;
    char streets[CERTIFICATE_STREETS + 1]; /* slugs separated by one space, or "*", or "" */
    char public_key[CURVE_TEXT + 1];       /* Z85 */
    char secret_key[CURVE_TEXT + 1];       /* Z85; "" when only the public file was read */
    char until[CERTIFICATE_DAY + 1];       /* YYYY-MM-DD, or "" */
    char next_key[CURVE_TEXT + 1];         /* broker.key alone, as the next two: broker_keys.h */
    char last_key[CURVE_TEXT + 1], last_until[CERTIFICATE_DAY + 1];
};

/* A file that ends in "_secret" is its owner's: name and role may be missing there, "" and
 * UNSPECIFIED. NOT_FOUND if there is no such file, INVALID_ARGUMENT if it is no certificate;
 * *ret_why is a text that lives as long as the thread's next error. */
enum status certificate_read(const char *path, struct certificate *ret,
                             const char **ret_why) MUST_CHECK;
/* The same, and logs why. */
enum status certificate_load(const char *path, struct certificate *ret) MUST_CHECK;

/* Fills in all but the keys, which are "". until: "" for ever. False for a bad name, role, street
 * or day. */
bool certificate_describe(struct certificate *ret, const char *name, Bus__Role role,
                          const char *streets, const char *until) MUST_CHECK;
/* Gives it a fresh pair of keys. */
void certificate_new_pair(struct certificate *certificate);

/* Writes both files into folder (made with mode 700 if missing). ALREADY_EXISTS if either is there:
 * a key is never overwritten. INVALID_ARGUMENT for a bad field. INTERNAL with errno if it cannot be
 * written. */
enum status certificate_write(const char *folder, const struct certificate *certificate) MUST_CHECK;
/* Describes, makes and writes one that counts for ever. */
enum status certificate_create(const char *folder, const char *name, Bus__Role role,
                               const char *streets, struct certificate *ret) MUST_CHECK;
/* Writes the public file alone, for somebody who keeps the secret key elsewhere, into a folder
 * that must exist. Errors as of certificate_write. */
enum status certificate_admit(const char *folder, const struct certificate *certificate) MUST_CHECK;

/* Writes folder/file, whatever was there: the secret file if the certificate has its secret key,
 * else the public one. Errors as above. */
enum status certificate_replace(const char *folder, const char *file,
                                const struct certificate *certificate) MUST_CHECK;

/* ^[a-z0-9][a-z0-9._-]{0,63}$ */
bool certificate_is_name(const char *name);
/* True for 40 characters of Z85 that can be a key. */
bool certificate_is_key(const char *text);

/* Makes the socket a CURVE server in the ZAP domain of this port; to be called before bind. */
void certificate_serve(void *socket, const struct certificate *own, enum broker_port port);
/* Makes the socket a CURVE client of the server with this public key; to be called before
 * connect. */
void certificate_connect(void *socket, const struct certificate *own, const char *server_key);

/* "", "*", or slugs with one space between them. */
bool certificate_streets_are_valid(const char *streets);
/* True if streets ("xiasha yanlan", "*") holds street. */
bool certificate_grants(const char *streets, const char *street);

/* Days from the UTC day of this moment to the certificate's last one: 0 on that day, negative when
 * it has expired. */
#define CERTIFICATE_FOR_EVER INT64_MAX
int64_t certificate_days_left(const struct certificate *certificate, int64_t unix_us);

/* True if key, name, role and streets are the same: whatever they may do, until when. */
bool certificate_is_same(const struct certificate *a, const struct certificate *b);

/* "STREET_STAFF"; Bus__Role of it, ROLE_UNSPECIFIED if unknown. */
const char *role_name(Bus__Role role);
Bus__Role role_of(const char *name);
