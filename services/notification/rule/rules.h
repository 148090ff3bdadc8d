/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - which event tells whom what: a book for each service whose journal is followed, a row
 * for each rule
 *
 * A row names fields of its event by their path (field_path.h), in its audiences and, in braces, in
 * its titles. A path that ends in "_id" reads in a title as the name of that unit, programme or
 * resource; {why} is what the event followed from and the reason that somebody gave (why.h); what
 * stands in brackets is left out where one of its facts is empty. rule_book_check holds every row
 * against the contract at the start.
 */
#pragma once

#include "libcommon/service/following/follow.h"
#include "notification_rule.pb-c.h"
#include "services/notification/contract.h"

/* Whom a rule tells. The path leads to the ids of communities or units (a string, or a repeated
 * one), to the id of one person or occurrence, of an OWNER to the message that has a
 * community_id and maybe a unit_id; NULL where the kind needs none. */
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

/* Two paths to instants. */
struct pair {
    const char *a, *b;
};

struct notify_rule {
    const char *name; /* a constant that screens translate */
    const ProtobufCMessageDescriptor *event;
    struct condition when, unless;
    const char *causes[2];    /* only where it followed from one of these (why.h) */
    const char *changes;      /* only where the event's mask names this field */
    const char *keeps;        /* only where it does not name this one */
    const char *has;          /* only where this text is not empty */
    struct pair differ, same; /* only where these instants do, or are */
    struct audience audiences[AUDIENCES_MAX];
    const char *title_zh, *title_en; /* templates */
    /* Of several events of one request, where {count}, {first} and {last} have a meaning, too;
     * NULL: the newest one's title and how many they are. */
    const char *together_zh, *together_en;
    const char *at; /* path of the instant whose first and last together_zh names; or NULL */
    const char *part_of[2]; /* paths of ids of the objects that this is a part of */
    /* Paths of days or instants of the event: behind the last of them it is no news any more, and
     * what became of it is told. A rule whose words ask for something, or name a time, has one, or
     * says why it is told however late. */
    const char *until[2];
    const char *whenever;
};

/* An event that tells nobody, and why; ops/doc/notices.md prints it. */
struct silence {
    const ProtobufCMessageDescriptor *event;
    const char *because;
};

/* What the events of one service tell. Each event of its contract has a rule or is silent. */
struct rule_book {
    const char *service;
    const struct notify_rule *rules; /* ends with a zero row */
    const struct silence *silent;    /* ends with a zero row */
};

extern const struct rule_book registry_rules, selection_rules, scheduling_rules;
extern const struct rule_book *const rule_books[]; /* ends with NULL */

/* clang-format off */
/* For rows of books. */
#define STREET_STAFF          {.kind = NOTIFICATION__AUDIENCE__AUDIENCE_STREET_STAFF}
#define COMMUNITY_STAFF(path) {NOTIFICATION__AUDIENCE__AUDIENCE_COMMUNITY_STAFF, path}
#define UNIT_CONTACTS(path)   {NOTIFICATION__AUDIENCE__AUDIENCE_UNIT_CONTACTS, path}
#define ALL_UNIT_CONTACTS     {.kind = NOTIFICATION__AUDIENCE__AUDIENCE_ALL_UNIT_CONTACTS}
#define PERSON(path)          {NOTIFICATION__AUDIENCE__AUDIENCE_PERSON, path}
#define SIGNED_UP(path)       {NOTIFICATION__AUDIENCE__AUDIENCE_SIGNED_UP, path}
#define OWNER(path)           {NOTIFICATION__AUDIENCE__AUDIENCE_OWNER, path}
#define PARTIES(path)         {NOTIFICATION__AUDIENCE__AUDIENCE_PARTIES, path}
/* clang-format on */

/* Finds the next {path} of a template: *ret_length characters at the returned place, which are
 * followed by '}'. NULL if there is none. */
const char *template_next(const char *template, size_t *ret_length);

/* NULL, or what is wrong with rules whose events these journals bring; text under parent. */
const char *notify_rules_check(const void *parent, const struct notify_rule *rules,
                               const struct followed *follows);
/* NULL, or what is wrong with a book, its silent events included. */
const char *rule_book_check(const void *parent, const struct rule_book *book,
                            const struct followed *follows);
/* NULL, or what is wrong with the books, ended by NULL, or which of these journals has none. */
const char *rule_books_check(const void *parent, const struct rule_book *const *books,
                             const struct followed *follows);
