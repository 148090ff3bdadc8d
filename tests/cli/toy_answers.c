/* SPDX-License-Identifier: Apache-2.0 */
/* toy_answers.c - the methods of the toy registry, JSON in and out */
#include "toy_answers.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_path.h"

enum { PAGE_ROWS = 3 /* so that few objects are several pages */ };

static const struct kind {
    const char *object, *objects, *id, *event;
    const char *list, *create, *update, *change; /* methods, NULL for those that it has not */
} kinds[] = {
#define EVENT(service, name) "jusha." service ".v1." name
    {"community", "communities", "communityId", EVENT("registry", "CommunityCreated"),
     "ListCommunities", "CreateCommunity", "UpdateCommunity", NULL},
    {"unit", "units", "unitId", EVENT("registry", "UnitRegistered"), "ListUnits", "RegisterUnit",
     "UpdateUnit", NULL},
    {"alliance", "alliances", "allianceId", EVENT("registry", "AllianceCreated"), "ListAlliances",
     "CreateAlliance", NULL, NULL},
    {"pairing", "pairings", "pairingId", EVENT("registry", "UnitPaired"), "ListPairings",
     "PairUnit", NULL, NULL},
    {"member", "members", "membershipId", EVENT("registry", "AllianceJoined"),
     "ListAllianceMembers", "JoinAlliance", NULL, NULL},
    {"agreement", "agreements", "agreementId", EVENT("registry", "AgreementDrafted"),
     "ListAgreements", "DraftAgreement", "UpdateAgreement", "ChangeAgreement"},
    {"roleGrant", "roleGrants", "grantId", NULL, "ListRoleGrants", "GrantRole", NULL, NULL},
    {"person", "people", "personId", NULL, "ListPeople", "RegisterPerson", "UpdatePerson", NULL},
    {"programme", "programmes", "programmeId", NULL, "ListProgrammes", "CreateProgramme",
     "UpdateProgramme", NULL},
    {"resource", "resources", "resourceId", NULL, "ListResources", "OfferResource",
     "UpdateResource", NULL},
    {"need", "needs", "needId", NULL, "ListNeeds", "RaiseNeed", "UpdateNeed", NULL},
    {"activity", "activities", "activityId", NULL, "ListActivities", "CreateActivity",
     "UpdateActivity", NULL},
};
static_assert(sizeof kinds / sizeof *kinds == TOY_KINDS, "an array of objects for each");

static bool is_method(const char *name, const char *method)
{
    return name != NULL && strcmp(name, method) == 0;
}

static const struct kind *kind_of(const struct toy_exchange *exchange)
{
    const struct kind *kind = kinds;

    while (!is_method(kind->list, exchange->method) && !is_method(kind->create, exchange->method) &&
           !is_method(kind->update, exchange->method) && !is_method(kind->change, exchange->method))
        kind++;
    return kind;
}

static void refuse(struct toy_exchange *exchange, Type__Code code, const char *message,
                   const char *field, const char *rule)
{
    exchange->code = code;
    exchange->message = message;
    exchange->field = field;
    exchange->rule = rule;
}

static void append_event(struct toy_state *state, const char *type, const char *object,
                         json_t *about)
{
    json_int_t seq = (json_int_t)json_array_size(state->events) + 1;
    char id[40], sequence[24];

    snprintf(id, sizeof id, "event-%lld", (long long)seq);
    snprintf(sequence, sizeof sequence, "%020lld", (long long)seq);
    json_array_append_new(
        state->events,
        json_pack("{s:s, s:s, s:s, s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}, s:{s:s+, s:O}}", "id", id,
                  "source", "/streets/xiasha/registry", "specVersion", "1.0", "type", type,
                  "attributes", "sequence", "ceString", sequence, "subject", "ceString", id, "time",
                  "ceTimestamp", "2026-07-01T08:00:00Z", "protoData", "@type",
                  "type.googleapis.com/", type, object, about));
}

static void get_street(struct toy_exchange *exchange)
{
    if (exchange->state->street == NULL)
        refuse(exchange, TYPE__CODE__CODE_NOT_FOUND, "there is no such street", "street",
               "unknown");
    else
        exchange->response = json_pack("{s:O}", "street", exchange->state->street);
}

/* There is one that has a UUID. */
static void get_unit(struct toy_exchange *exchange)
{
    if (strcmp(json_path_text(exchange->request, "unit_id"), TOY_UUID) == 0)
        exchange->response = json_pack("{s:{s:s}}", "unit", "name", "杭州联合银行");
    else
        refuse(exchange, TYPE__CODE__CODE_NOT_FOUND, "there is no such unit", "unit_id", "exists");
}

static void create_street(struct toy_exchange *exchange)
{
    struct toy_state *state = exchange->state;

    state->street = json_deep_copy(json_object_get(exchange->request, "street"));
    json_object_set_new(state->street, "revision", json_integer(1));
    json_object_set_new(state->street, "createTime", json_string("2026-11-18T12:00:00Z"));
    append_event(state, "jusha.registry.v1.StreetCreated", "street", state->street);
    get_street(exchange);
}

static void apply_mask(json_t *object, const json_t *change, const char *mask)
{
    char fields[200], *rest = fields;

    snprintf(fields, sizeof fields, "%s", mask);
    for (char *key; (key = strsep(&rest, ",")) != NULL;) {
        json_object_del(object, key);
        if (json_object_get(change, key) != NULL)
            json_object_set(object, key, json_object_get(change, key));
    }
    json_object_set_new(object, "revision",
                        json_integer(json_integer_value(json_object_get(object, "revision")) + 1));
}

static void update_street(struct toy_exchange *exchange)
{
    apply_mask(exchange->state->street, json_object_get(exchange->request, "street"),
               json_path_text(exchange->request, "update_mask"));
    get_street(exchange);
}

static void list(struct toy_exchange *exchange)
{
    const struct kind *kind = kind_of(exchange);
    json_t *all = exchange->state->objects[kind - kinds], *page = json_array();
    size_t from = (size_t)atol(json_path_text(exchange->request, "page_token")), to = from;
    char token[24] = "";

    for (; to < json_array_size(all) && to < from + PAGE_ROWS; to++)
        json_array_append(page, json_array_get(all, to));
    if (to < json_array_size(all))
        snprintf(token, sizeof token, "%zu", to);
    exchange->response = json_pack("{s:o, s:s}", kind->objects, page, "nextPageToken", token);
}

/* Responses to commands hold what is not personal. */
static void hide_person(json_t *response)
{
    json_t *person = json_object_get(response, "person");

    if (person == NULL)
        return;
    json_object_set_new(response, "person", person = json_deep_copy(person));
    json_object_del(person, "name");
    json_object_del(person, "phone");
    json_object_del(person, "partyMember");
}

/* By the name that it is to have; the first row that it begins with. */
static const struct refused {
    const char *name;
    Type__Code code;
    const char *message, *field, *rule;
    struct toy_param params[TOY_PARAMS];
} all_refused[] = {
    {"refuse at 8",
     TYPE__CODE__CODE_FAILED_PRECONDITION,
     TOY_UUID " has it from 2026-07-01T00:30:00Z on",
     NULL,
     NULL,
     {{0}}},
    {"refuse by role",
     TYPE__CODE__CODE_PERMISSION_DENIED,
     "the role may not",
     "method",
     "role",
     {{0}}},
    {"refuse a rival",
     TYPE__CODE__CODE_FAILED_PRECONDITION,
     TOY_UUID " has it from 2026-07-01T00:30:00Z",
     "unit.name",
     "booked",
     {{"rival", TOY_UUID}, {"from", "2026-07-01T00:30:00Z"}}},
    {"refuse by fault", TYPE__CODE__CODE_INTERNAL, "it cannot be read", "", "unreadable", {{0}}},
    {"refuse while away",
     TYPE__CODE__CODE_UNAVAILABLE,
     "the database is away",
     "",
     "database",
     {{0}}},
    {"refuse a mass",
     TYPE__CODE__CODE_RESOURCE_EXHAUSTED,
     "it is larger than 9 bytes",
     "",
     "size",
     {{"max", "9"}}},
    {"refuse", TYPE__CODE__CODE_INVALID_ARGUMENT, "a field is wrong", "unit.kind", "one_of", {{0}}},
};

static bool is_refused(struct toy_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < sizeof all_refused / sizeof *all_refused; i++) {
        const struct refused *row = &all_refused[i];
        if (strncmp(name, row->name, strlen(row->name)) != 0)
            continue;
        refuse(exchange, row->code, row->message, row->field, row->rule);
        memcpy(exchange->params, row->params, sizeof row->params);
        return true;
    }
    return false;
}

static void create(struct toy_exchange *exchange)
{
    const struct kind *kind = kind_of(exchange);
    json_t *object = json_deep_copy(json_object_get(exchange->request, kind->object));
    char id[40];

    if (is_refused(exchange, json_path_text(object, "name"))) {
        json_decref(object);
        return;
    }
    snprintf(id, sizeof id, "%s-%lld", kind->object, (long long)++exchange->state->last_id);
    json_object_set_new(object, kind->id, json_string(id));
    json_object_set_new(object, "revision", json_integer(1));
    if (kind->change != NULL)
        json_object_set_new(object, "status", json_string("AGREEMENT_STATUS_DRAFT"));
    json_array_append_new(exchange->state->objects[kind - kinds], object);
    if (kind->event != NULL)
        append_event(exchange->state, kind->event, kind->object, object);
    exchange->response = json_pack("{s:O}", kind->object, object);
    hide_person(exchange->response);
}

/* The stored object that a change names, with the revision that it named; NULL after a refusal. */
static json_t *find(struct toy_exchange *exchange, const json_t *change)
{
    const struct kind *kind = kind_of(exchange);
    json_t *object;
    size_t i;

    json_array_foreach(exchange->state->objects[kind - kinds], i, object)
    {
        if (json_equal(json_object_get(object, kind->id), json_object_get(change, kind->id)) &&
            json_equal(json_object_get(object, "revision"), json_object_get(change, "revision")))
            return object;
    }
    refuse(exchange, TYPE__CODE__CODE_ABORTED, "somebody changed it", "unit.revision", "stale");
    return NULL;
}

static void update(struct toy_exchange *exchange)
{
    const char *key = kind_of(exchange)->object;
    const json_t *change = json_object_get(exchange->request, key);
    json_t *object = find(exchange, change);

    if (object == NULL)
        return;
    apply_mask(object, change, json_path_text(exchange->request, "update_mask"));
    exchange->response = json_pack("{s:O}", key, object);
    hide_person(exchange->response);
}

static void sign(struct toy_exchange *exchange)
{
    json_t *object = find(exchange, exchange->request);

    if (object == NULL)
        return;
    json_object_set_new(object, "status", json_string("AGREEMENT_STATUS_IN_FORCE"));
    exchange->response = json_pack("{s:O}", kind_of(exchange)->object, object);
}

static json_int_t number(const json_t *request, const char *field)
{
    return atoll(json_path_text(request, field)); /* 64-bit numbers are text in JSON */
}

static void read_journal(struct toy_exchange *exchange)
{
    json_t *events = json_array();
    size_t from = (size_t)number(exchange->request, "after_seq");

    if (from > json_array_size(exchange->state->events))
        refuse(exchange, TYPE__CODE__CODE_FAILED_PRECONDITION, "it was restored", "after_id",
               "other_history");
    for (size_t i = from; i < json_array_size(exchange->state->events) && i < from + PAGE_ROWS; i++)
        json_array_append(events, json_array_get(exchange->state->events, i));
    exchange->response = json_pack("{s:o}", "events", events);
}

/* The one street, and on the second page none. */
static void heads(struct toy_exchange *exchange)
{
    exchange->response = json_pack("{s:[]}", "heads");
    if (exchange->of_registry && *json_path_text(exchange->request, "after_street") == '\0')
        json_array_append_new(json_object_get(exchange->response, "heads"),
                              json_pack("{s:s, s:I}", "street", "xiasha", "seq",
                                        (json_int_t)json_array_size(exchange->state->events)));
}

/* That of the name "kept" came with a backup. */
static void get_cursor(struct toy_exchange *exchange)
{
    const char *name = json_path_text(exchange->request, "name");

    exchange->response = json_pack("{s:{s:s, s:I, s:b}}", "cursor", "name", name, "seq",
                                   exchange->state->cursor, "restored", strcmp(name, "kept") == 0);
}

static void move_cursor(struct toy_exchange *exchange)
{
    if (number(exchange->request, "from_seq") != exchange->state->cursor)
        refuse(exchange, TYPE__CODE__CODE_ABORTED, "it stands elsewhere", "from_seq", "stale");
    exchange->state->cursor = number(exchange->request, "to_seq");
    get_cursor(exchange);
}

/* It follows itself and is half-way, and whoever is away. */
static void list_followers(struct toy_exchange *exchange)
{
    json_int_t half = (json_int_t)json_array_size(exchange->state->events) / 2;

    exchange->response = json_pack("{s:[]}", "followers");
    if (!exchange->of_registry || *json_path_text(exchange->request, "after_street") != '\0')
        return;
    json_t *followers = json_object_get(exchange->response, "followers");
    json_array_append_new(followers,
                          json_pack("{s:s, s:s, s:I, s:I}", "street", "xiasha", "service",
                                    "registry", "seq", half, "reached", half));
    if (*exchange->state->away != '\0')
        json_array_append_new(followers, json_pack("{s:s, s:s, s:I}", "street", "xiasha", "service",
                                                   exchange->state->away, "seq", (json_int_t)1));
}

/* Two pages; on the second one name collides, where more than one has a name. */
static void make_name_keys(struct toy_exchange *exchange)
{
    bool first = *json_path_text(exchange->request, "position") == '\0';

    exchange->response = json_pack("{s:i, s:i}", "lookedAt", 3, "made", 2);
    if (first)
        json_object_set_new(exchange->response, "nextPosition", json_string("unit 1"));
    else if (exchange->state->last_id > 1)
        json_object_set_new(exchange->response, "collisions",
                            json_pack("[{s:s, s:s, s:s, s:s}]", "objectId", TOY_UUID, "name",
                                      "ABC商贸", "otherId", TOY_UUID, "otherName", "ａｂｃ商贸"));
}

/* Whoever asks first has it until it is given back. */
static void lease_load(struct toy_exchange *exchange)
{
    const char *id = json_path_text(exchange->request, "lease_id");
    char *lease = exchange->state->lease;

    if (*lease != '\0' && strcmp(lease, id) != 0) {
        refuse(exchange, TYPE__CODE__CODE_FAILED_PRECONDITION, "somebody else is loading",
               "lease_id", "leased");
        return;
    }
    snprintf(lease, sizeof exchange->state->lease, "%s",
             json_integer_value(json_object_get(exchange->request, "seconds")) > 0 ? id : "");
    exchange->response = json_pack("{s:s}", "untilTime", "2026-07-01T00:01:00Z");
}

static const struct {
    const char *name;
    void (*answer)(struct toy_exchange *exchange);
} methods[] = {
    {"GetStreet", get_street},         {"GetUnit", get_unit},     {"CreateStreet", create_street},
    {"UpdateStreet", update_street},   {"Read", read_journal},    {"Heads", heads},
    {"ListFollowers", list_followers}, {"GetCursor", get_cursor}, {"MoveCursor", move_cursor},
    {"MakeNameKeys", make_name_keys},  {"LeaseLoad", lease_load},
};

typedef void answerer(struct toy_exchange *exchange);

static answerer *answer_of(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, method) == 0)
            return methods[i].answer;
    for (const struct kind *kind = kinds; kind < kinds + TOY_KINDS; kind++) {
        if (is_method(kind->list, method))
            return list;
        if (is_method(kind->create, method))
            return create;
        if (is_method(kind->update, method))
            return update;
        if (is_method(kind->change, method))
            return sign;
    }
    return NULL;
}

void toy_answer(struct toy_exchange *exchange)
{
    answerer *answer = answer_of(exchange->method);

    exchange->code = TYPE__CODE__CODE_NOT_FOUND;
    exchange->message = "unknown method";
    if (answer != NULL) {
        exchange->code = TYPE__CODE__CODE_OK;
        exchange->message = "";
        answer(exchange);
    }
    if (exchange->code == TYPE__CODE__CODE_OK) {
        json_t *counts = exchange->state->counts;
        json_int_t count = json_integer_value(json_object_get(counts, exchange->method));
        json_object_set_new(counts, exchange->method, json_integer(count + 1));
    }
}

void toy_state_init(struct toy_state *state)
{
    *state = (struct toy_state){.events = json_array(), .counts = json_object(), .away = ""};
    for (size_t i = 0; i < TOY_KINDS; i++)
        state->objects[i] = json_array();
}

void toy_state_clear(struct toy_state *state)
{
    json_decref(state->street);
    for (size_t i = 0; i < TOY_KINDS; i++)
        json_decref(state->objects[i]);
    json_decref(state->events);
    json_decref(state->counts);
}
