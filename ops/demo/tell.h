/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - how a step of the story tells, asks and checks
 *
 * A step asks as somebody, says what was done, and checks it by reading it back. What an earlier
 * run did is found and said, not done again, so the story may be told twice and go on where it was
 * cut short. The first answer that should not have been ends it: what is asked after that is not
 * sent.
 */
#pragma once

#include <jansson.h>

#include "ops/cli/session.h"
#include "ops/demo/text.h"

/* Who asks: a certificate, or by the gateway a person. */
struct actor {
    struct session *session;
    const char *id; /* "": the certificate itself */
};

/* Ids that the first step finds by name, for all that follow. */
struct cast {
    const char *qige, *toge, *shangsha;          /* communities */
    const char *bank, *school, *zhongce, *babao; /* units */
    struct actor office, qige_staff, toge_staff, shangsha_staff;
    struct actor bank_contact, zhongce_contact, babao_contact;
};

struct story {
    struct options options;
    bool chinese;
    void *memory; /* lives as long as the story */
    json_t *kept; /* every response: what is borrowed from one stays */
    size_t checks, failed;
    bool stopped;
    enum exit_code why;                       /* it was stopped */
    struct actor street, gateway, integrator; /* certificates */
    struct cast cast;
    json_t *expected; /* [{"who", "holder", "rule", "subject"}], see story_expect */
};

/* ---- telling: args are texts, any number of them ---- */

#define STORY_ARGS(...) ((const char *const[]){"", ##__VA_ARGS__, NULL} + 1)

/* What was done. */
#define story_say(story, text, ...) story_say_list(story, TEXT_##text, STORY_ARGS(__VA_ARGS__))
void story_say_list(struct story *story, enum story_text text, const char *const *args);

/* What was looked at, and whether it is so; returns holds. */
#define story_check(story, holds, text, ...)                                                       \
    story_check_list(story, holds, TEXT_##text, STORY_ARGS(__VA_ARGS__))
bool story_check_list(struct story *story, bool holds, enum story_text text,
                      const char *const *args);

/* "12" */
const char *story_number(struct story *story, size_t number);

/* ---- asking: request is taken, what is returned is borrowed ---- */

/* The response; NULL when it was refused, which ends the story. */
json_t *story_ask(struct story *story, struct actor as, const char *method, json_t *request);

/* A request that has to be refused by this rule (of any field), or with this code; a check that
 * shows the server's own words as the last argument. words, unless NULL, must stand in them. */
#define story_refused(story, as, method, request, rule, words, text, ...)                          \
    story_refused_list(story, as, method, request, rule, words, TEXT_##text,                       \
                       STORY_ARGS(__VA_ARGS__))
void story_refused_list(struct story *story, struct actor as, const char *method, json_t *request,
                        const char *rule, const char *words, enum story_text text,
                        const char *const *args);

/* All pages of a list whose objects stand in this field, one JSON array. */
json_t *story_list(struct story *story, struct actor as, const char *method, const char *objects,
                   json_t *request);

/* The first object of a list in which the field has this text; NULL if there is none. */
json_t *story_find(json_t *list, const char *field, const char *text);
/* How many. */
size_t story_count(json_t *list, const char *field, const char *text);

/* A text of an object, kept as long as the story. "" if it is not there. */
const char *story_text(struct story *story, const json_t *object, const char *field);

/* id, action and revision of an object, for the method that moves it along its life cycle. */
json_t *story_action(const json_t *object, const char *id, const char *action, const char *reason);

/* The object that a list holds under this name or title; ends the story if none does. */
json_t *story_loaded(struct story *story, json_t *list, const char *field, const char *text);

/* RFC 3339 and YYYY-MM-DD, so many days from now. */
const char *story_time(struct story *story, int days);
const char *story_day(struct story *story, int days);

/* A message that this person has to get, by the event's subject; told to whom. */
void story_expect(struct story *story, const char *who, struct actor holder, const char *rule,
                  const char *subject);
