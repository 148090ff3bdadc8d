/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - what a request's fields must be, as tables over the descriptor
 *
 * A table of an object (unit_rules) lists the fields that callers may set; the server sets all
 * others. A request's table names every field of the request. Applying a table normalises text in
 * place (text_form.h) and collects every violation, so that a form can mark all fields at once.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/phone.h"
#include "libcommon/base/text.h"
#include "libcommon/base/violation.h"

enum rule_type {
    RULE_END = 0,
    RULE_TYPE_TEXT, /* string of one line: min..max characters: "length"; no controls: "control" */
    RULE_TYPE_LONG_TEXT, /* the same of several lines; nothing that turns its direction: "bidi" */
    RULE_TYPE_TEST,  /* code that is empty or passes test; rule `name`; with min 1: "required" */
    RULE_TYPE_FORM,  /* code that is empty, or that `form` puts into the form kept; rule `name` */
    RULE_TYPE_UUID,  /* string: a UUID, put into lower case; "uuid"; with min 1: "required" */
    RULE_TYPE_UUIDS, /* repeated string: min..max UUIDs ("count"), each "uuid"; distinct: none twice
                      * ("duplicate") */
    RULE_TYPE_TEXTS, /* repeated string: min..max texts ("count"), each 1..chars characters, as
                      * RULE_TYPE_TEXT */
    RULE_TYPE_ENUM,  /* enum: not 0 with min 1: "required" */
    RULE_TYPE_INT,   /* any integer: min..max: "range" */
    RULE_TYPE_MESSAGE,  /* message by its own rules; with min 1 it must be there: "required" */
    RULE_TYPE_MESSAGES, /* repeated message: min..max ("count"), each by its own rules: "f[0].x" */
    RULE_TYPE_TIME, /* Timestamp; with min 1 it must be there: "required". Its range is wire.h's */
    RULE_TYPE_UPDATE, /* message by its own rules, those of the fields under `mask` only */
    RULE_TYPE_ANY,    /* nothing to check beyond the wire */
    RULE_TYPES
};

/* Rows of a table: an update keeps them as the bits of a word. */
enum { RULE_ROWS_MAX = 64 };

struct rule {
    const char *field;
    enum rule_type type;
    bool distinct; /* RULE_TYPE_UUIDS: no id twice */
    int64_t min, max;
    int64_t chars;                  /* RULE_TYPE_TEXTS: longest entry */
    const char *name;               /* RULE_TYPE_TEST, RULE_TYPE_FORM: the rule's constant */
    bool (*test)(const char *text); /* RULE_TYPE_TEST */
    char *(*form)(const void *parent, const char *text); /* RULE_TYPE_FORM; NULL: refused */
    const char *forms;        /* RULE_TYPE_FORM: what may be, for the message */
    const struct rule *rules; /* RULE_TYPE_MESSAGE, RULE_TYPE_MESSAGES, RULE_TYPE_UPDATE */
    const char *mask;         /* RULE_TYPE_UPDATE: the request's FieldMask field */
    const char *id;           /* RULE_TYPE_UPDATE: UUID field of the object, NULL if it has none */
};

/* One row, one line: */
/* clang-format off */
#define RULE_TEXT(f, lo, hi) {.field = #f, .type = RULE_TYPE_TEXT, .min = (lo), .max = (hi)}
#define RULE_LONG_TEXT(f, lo, hi)                                                                  \
    {.field = #f, .type = RULE_TYPE_LONG_TEXT, .min = (lo), .max = (hi)}
#define RULE_IF_SET(f, rule, fn) {.field = #f, .type = RULE_TYPE_TEST, .name = (rule), .test = (fn)}
#define RULE_MUST(f, rule, fn)                                                                     \
    {.field = #f, .type = RULE_TYPE_TEST, .min = 1, .name = (rule), .test = (fn)}
#define RULE_UUID(f) {.field = #f, .type = RULE_TYPE_UUID, .min = 1}
#define RULE_UUID_IF_SET(f) {.field = #f, .type = RULE_TYPE_UUID}
#define RULE_UUIDS(f, lo, hi) {.field = #f, .type = RULE_TYPE_UUIDS, .min = (lo), .max = (hi)}
#define RULE_UUID_SET(f, lo, hi)                                                                   \
    {.field = #f, .type = RULE_TYPE_UUIDS, .min = (lo), .max = (hi), .distinct = true}
#define RULE_ENUM(f) {.field = #f, .type = RULE_TYPE_ENUM, .min = 1}
#define RULE_ENUM_IF_SET(f) {.field = #f, .type = RULE_TYPE_ENUM}
#define RULE_INT(f, lo, hi) {.field = #f, .type = RULE_TYPE_INT, .min = (lo), .max = (hi)}
#define RULE_MESSAGE(f, table) {.field = #f, .type = RULE_TYPE_MESSAGE, .min = 1, .rules = (table)}
#define RULE_MESSAGE_IF_SET(f, table) {.field = #f, .type = RULE_TYPE_MESSAGE, .rules = (table)}
#define RULE_TEXTS(f, lo, hi, longest)                                                             \
    {.field = #f, .type = RULE_TYPE_TEXTS, .min = (lo), .max = (hi), .chars = (longest)}
#define RULE_MESSAGES(f, lo, hi, table)                                                            \
    {.field = #f, .type = RULE_TYPE_MESSAGES, .min = (lo), .max = (hi), .rules = (table)}
/* A calendar day, YYYY-MM-DD: "date". */
#define RULE_DATE(f) RULE_MUST(f, "date", text_is_date)
#define RULE_DATE_IF_SET(f) RULE_IF_SET(f, "date", text_is_date)
/* A telephone number in its stored form: "phone". */
#define RULE_PHONE_IF_SET(f)                                                                       \
    {.field = #f, .type = RULE_TYPE_FORM, .name = "phone", .form = phone_form, .forms = PHONE_FORMS}
#define RULE_TIME(f) {.field = #f, .type = RULE_TYPE_TIME, .min = 1}
#define RULE_TIME_IF_SET(f) {.field = #f, .type = RULE_TYPE_TIME}
/* An update: `f` holds new values, `mask_field` says which; the object's `revision` must be >= 1
 * ("required") and its id a UUID. Mask paths are top-level snake_case names of fields that `table`
 * lists: others are "not_updatable", twice is "duplicate" (both on "mask.paths[i]"), none at all is
 * "required" on the mask. */
#define RULE_UPDATE(f, mask_field, id_field, table)                                                \
    {.field = #f, .type = RULE_TYPE_UPDATE, .mask = #mask_field, .id = (id_field), .rules = (table)}
#define RULE_ANY(f) {.field = #f, .type = RULE_TYPE_ANY}
/* Every list takes these: page_size 0-200 and page_token. */
#define RULES_PAGE RULE_INT(page_size, 0, 200), RULE_TEXT(page_token, 0, 400)
#define RULES_END {.type = RULE_END}
/* clang-format on */
/* RULES(RULE_UUID(unit_id), …): an unnamed table with its end. */
#define RULES(...) ((const struct rule[]){__VA_ARGS__, RULES_END})

/* OK, or INVALID_ARGUMENT with violations. prefix is "" at a request's top; new text is allocated
 * under parent. */
enum status rules_apply(const void *parent, const struct rule *rules, ProtobufCMessage *message,
                        const char *prefix, struct violations *violations) MUST_CHECK;

/* For the start: NULL, or what is wrong with the table: an unknown field, a type that does not fit
 * the rule; with `every` also a field of the type that no rule names. Text under parent. */
const char *rules_check(const void *parent, const struct rule *rules,
                        const ProtobufCMessageDescriptor *type, bool every);
