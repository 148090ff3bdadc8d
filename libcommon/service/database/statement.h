/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.h - a statement: declared where it is used, found by the linker, translated once at the
 * start
 *
 *   STATEMENT(count_units,
 *             .sql = "SELECT count(*) FROM registry.unit WHERE street = :street AND kind = :kind",
 *             .of = &registry__unit__descriptor);
 *
 * There is no list of statements: what a program is linked with is what its sessions prepare. A
 * parameter is
 *
 *   :street            the street of the call
 *   :unit_id           a field of the bound message: one of `of`, or the request of the query whose statement it is
 *   :name_key          where the message has no such field, but a text `name`: what it is equal by (text_key)
 *   :actor, :now       of the call; a field of that name comes first. A query has no :now
 *   :after_key, :page_limit                                            of a list (method.h)
 *   :reach_street, :reach_communities, :reach_units, :reach_person    of a query: how far its caller sees (authority.h)
 *   anything else      what the sender gives beside the message (struct db_param), named in `with`
 *
 * A name that is none of these stops the start, and so does a statement that PostgreSQL does not
 * take, or that reads or writes what its role may not.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "libcommon/base/status.h"

/* What the caller is told when a constraint of the schema refuses a row. */
struct db_violation {
    const char *constraint;
    enum status status;
    const char *field; /* from a request's top, checked at the start: "unit.name" */
    const char *rule;
    const char *message;
};

/* Whose connection prepares it. */
enum db_session {
    SESSION_SERVICE, /* those of work threads and of the steward, by the role <service> */
    SESSION_RELAY,   /* the relay's, by the role <service>_relay */
    SESSION_ANY,     /* both kinds */
};

/* What became of a statement at the start. */
struct db_prepared {
    unsigned number; /* its place among all */
    const char *sql; /* with $1, $2, … */
    int count;
    const char *const *names;    /* of the parameters */
    bool moves_grants;           /* writes what the actors' grants are read from */
    struct db_binding *bindings; /* a message type each, or one for all */
};

struct db_stmt {
    const char *name; /* under which it is prepared; that of the variable */
    const char *sql;
    /* Type of the message that is bound to it in a command; a query's is its request. NULL: no
     * parameter is a field, or it is a query's only. */
    const ProtobufCMessageDescriptor *of;
    const struct object *object; /* whose columns it names in braces (columns.h); NULL */
    const char *with; /* "local, until": parameters that the sender gives beside the message */
    enum db_session session;
    /* When set, it must touch or return exactly one row; none is this refusal. Field and message
     * may be those of `object`: its id, "no such unit in this street". */
    struct {
        enum status status;
        const char *field, *rule, *message;
    } one_row;
    const struct db_violation *violations; /* ends with a zero row; NULL: those of `object` */
    struct db_prepared *prepared;
};

/* STATEMENT is its file's own, SHARED_STATEMENT one that a header declares extern. The registration
 * is a pointer, since compilers leave gaps between larger things in a section. */
#define STATEMENT(identifier, ...) STATEMENT_(static, identifier, __VA_ARGS__)
#define SHARED_STATEMENT(identifier, ...) STATEMENT_(, identifier, __VA_ARGS__)
#define STATEMENT_(linkage, identifier, ...)                                                       \
    linkage const struct db_stmt identifier = {                                                    \
        .name = #identifier, .prepared = &(struct db_prepared){0}, __VA_ARGS__};                   \
    static const struct db_stmt *const identifier##_registered                                     \
        __attribute__((used, retain, section("jusha_statements"))) = &identifier

/* Translates all and binds those with a type of their own; exits with the name of one that is
 * wrong. Before any other of these functions; once. */
void statements_start(void);

/* Every statement of the program, in no order. */
unsigned statements_count(void);
const struct db_stmt *statement_at(unsigned number);

/* Makes ready for messages of this type. NULL, or what is wrong; text under parent. At the start
 * only. */
const char *statement_bind(const void *parent, const struct db_stmt *stmt,
                           const ProtobufCMessageDescriptor *type);

bool statement_has(const struct db_stmt *stmt, const char *parameter);
/* The first parameter that is a field of the message: what the statement looks for. "street" if
 * there is none. */
const char *statement_first_field(const struct db_stmt *stmt, const ProtobufCMessage *message);

/* ---- for db.c ---- */

enum db_source { FROM_FIELD, FROM_KEY, FROM_STREET, FROM_ACTOR, FROM_NOW, FROM_SENDER };

/* Where the values come from for messages of a type. */
struct db_binding {
    const ProtobufCMessageDescriptor
        *type; /* NULL: no value is a field, so any message will do, and none */
    struct db_binding *next;
    struct db_value {
        enum db_source from;
        const ProtobufCFieldDescriptor *field;
    } values[];
};

/* message NULL: none. A message of a type that was not bound at the start ends the process. */
const struct db_binding *statement_binding(const struct db_stmt *stmt,
                                           const ProtobufCMessage *message);
