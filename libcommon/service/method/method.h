/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method.h - a method as a row, and the path that every request takes through it
 *
 *   bytes -> envelope -> who may -> typed request -> rules -> statements, event -> commit -> reply
 *
 * A method is one file that exports one row. The service's table of rows is the contract's own list
 * (protoc-c's …SERVICE__INIT(&registry_) names &registry_register_unit, …), so a method that was
 * forgotten does not link.
 */
#pragma once

#include "google_field_mask.pb-c.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/rules.h"
#include "libcommon/base/settings.h"
#include "libcommon/base/wire.h"
#include "libcommon/service/call/call.h"
#include "libcommon/service/call/endpoint.h"
#include "libcommon/service/call/permission.h"
#include "libcommon/service/database/db.h"
#include "libcommon/service/method/place.h"

/* Which streets a row is about. There is no default: a row without a scope stops the start. */
enum scope {
    SCOPE_UNSET = 0,
    SCOPE_STREET,      /* the header's street, which must be known here and granted to the caller */
    SCOPE_NEW_STREET,  /* the header's street, which need not be known yet; granted all the same */
    SCOPE_ALL_STREETS, /* no street in the header; statements see '*' */
};

/* A list's statement has the parameters :after_key, the key to start behind, and :page_limit. It is
 * sorted by that key, which is a column and a string field of the elements, unique in a street. */
struct paging {
    const char *key;   /* "unit_id"; NULL: not a list */
    const char *first; /* sorts before every key */
};
#define PAGE_BY_ID(f)                                                                              \
    {                                                                                              \
        .key = #f, .first = "00000000-0000-0000-0000-000000000000"                                 \
    }
#define PAGE_BY_TEXT(f)                                                                            \
    {                                                                                              \
        .key = #f, .first = ""                                                                     \
    }

struct method {
    const struct permission *may; /* says which roles, and how far */
    enum scope scope;
    /* where in the street a command acts; required where a role's reach is less than the street */
    const struct place *place;
    /* of a query that lets in whoever `may`, but shows some rows to those only whom this reaches;
     * NULL: as far as `may` goes */
    const struct permission *within;
    const struct rule *rules; /* names every field of the request; NULL for an empty request */

    /* What the request must be beside its rules, where it takes more than one field to say it;
     * NULL. Sees the request and nothing else: no statement, no grants, no clock. So its refusal
     * never changes, needs no lock, and is not kept (answers.h). */
    enum status (*check)(struct call *call);

    /* a command: runs in the street's batch, may run again, has no effect but statements and events
     */
    enum status (*command)(struct call *call);

    /* or a query: one statement, bound to the request's fields. Where a role's reach is less than
     * the street it has parameters of a reach, see authority_reach_params. */
    const struct db_stmt *query;
    const char *into; /* response's field that the row fills; repeated: one element a row */
    struct paging page;
    /* finishes each element that was read into `into`; NULL if there is nothing to do */
    void (*each)(struct call *call, ProtobufCMessage *element);
    /* instead of `into`: makes the response of the rows */
    enum status (*respond)(struct call *call, const PGresult *rows);
};

/* One service of the contract with its rows, in the contract's order. */
enum { METHODS_MAX = 256 };
struct methods {
    ProtobufCService base;
    const struct method *rows[METHODS_MAX];
};

struct service {
    const char *name;                     /* "registry": schema, role, certificate and bus name */
    const struct methods *const *methods; /* ends with NULL */
    const struct followed *follows;       /* follow.h: journals of others; NULL if none */
    const struct timer *timers;           /* timer.h; NULL if none */
    const struct end *ends;               /* ending.h; NULL if none */
    const struct setting *settings;       /* of its own, ends with a zero row; NULL if none */
    bool (*start)(
        void); /* after the settings were read; false, with a log line, ends it; or NULL */
};

/* Translates the statements, checks every row against the contract and exits with the name of what
 * is wrong. Call once. */
void methods_start(const struct service *service);
/* NULL if there is no such method. Any thread, after methods_start. */
const struct endpoint *methods_find(const char *full_name);

/* Hashes a command under the data key of this number, so that who reads the table cannot try out
 * what was asked. False: there is no such key here (yet). */
bool method_hash(struct call *call, int key_number);

/* The typed request: checked bytes, unpacked, rules and the row's own check applied. */
enum status method_decode(struct call *call) MUST_CHECK;
