/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - which event tells whom what: one table, one row a rule
 *
 * A row names fields of its event by their path (path.h), in its audiences and, in braces, in its titles. A path that
 * ends in "_id" reads in a title as the name of that unit, programme or resource. notify_rules_check holds every row
 * against the contract at the start.
 */
#pragma once

#include "services/notification/notification.h"

/* Whom a rule tells. The path leads to the ids of communities or units (a string, or a repeated one), to the id of one
 * person or occurrence, of an OWNER to the message that has community_id and unit_id; NULL where the kind needs none. */
struct audience {
    Notification__Audience kind;
    const char *path;
};
enum { AUDIENCES_MAX = 3 };

/* Is this enum field of the event this value? */
struct condition {
    const char *path; /* NULL: no condition */
    int value;
};

struct notify_rule {
    const char *name; /* a constant that screens translate */
    const ProtobufCMessageDescriptor *event;
    struct condition when, unless;
    struct audience audiences[AUDIENCES_MAX];
    const char *title_zh, *title_en; /* templates */
};

/* Ends with a zero row. */
extern const struct notify_rule notify_rules[];

/* Finds the next {path} of a template: *ret_length characters at the returned place, which are followed by '}'. NULL
 * if there is none. */
const char *template_next(const char *template, size_t *ret_length);

/* NULL, or what is wrong with such a table; text under parent. */
const char *notify_rules_check(const void *parent, const struct notify_rule *rules);
