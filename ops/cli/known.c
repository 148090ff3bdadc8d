/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.c - names in place of ids, and the street's time in place of UTC, in what people read
 *
 * An id does not say what it is the id of, so each kind is asked for it at once; one of them knows.
 */
#include "known.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"

enum {
    ASK_MS = 1000,
    NAMES_MAX = 200, /* that a session asks for: each is a request to every method of kinds */
    AGAIN_MS = 200,  /* between two tries where a service is away */
    AGAIN_MAX = 20,  /* of a session */
    INSTANT_CHARS = sizeof "2026-03-01T08:00:00Z" - 1,
    ZONE_BYTES = 128,
};

/* Of a session: nobody is asked twice. */
struct known {
    json_t *names; /* by id; null where nobody told one */
    int again;     /* so often somebody was away, and was asked again */
    enum { ZONE_UNASKED, ZONE_UNKNOWN, ZONE_ENTERED } zone;
};

/* Where the name stands in the answer. */
static const struct kind {
    const char *method, *id, *name;
} kinds[] = {
    {"GetUnit", "unit_id", "unit.name"},
    {"GetCommunity", "community_id", "community.name"},
    {"GetPerson", "person_id", "person.name"},
    {"GetResource", "resource_id", "resource.name"},
    {"GetNeed", "need_id", "need.title"},
    {"GetProject", "project_id", "project.title"},
    {"GetProgramme", "programme_id", "programme.name"},
    {"GetActivity", "activity_id", "activity.title"},
    {"GetBooking", "booking_id", "booking.purpose"},
    {"GetOccurrence", "occurrence_id", "occurrence.title"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- ids ---- */

static uint64_t send(struct session *session, const struct kind *kind, const char *id)
{
    void *memory = talloc_new(NULL);
    json_t *request = json_object();

    json_path_set(request, kind->id, json_string(id));
    struct client_request out = ask_request(session, memory, kind->method, request);
    out.timeout_ms = ASK_MS;
    uint64_t number = client_send(session->client, &out);
    json_decref(request);
    talloc_free(memory);
    return number;
}

/* The name in an OK answer, under parent; NULL for any other. */
static const char *name_in(const void *parent, const struct kind *kind,
                           const struct client_reply *reply)
{
    struct found_method method = ask_method(parent, kind->method);
    ProtobufCMessage *message = reply->header->code == TYPE__CODE__CODE_OK
                                    ? session_unpack(parent, method.full_name, &reply->payload)
                                    : NULL;
    json_t *json = message == NULL ? NULL : json_from_message(message);
    const char *name = json_path_text(json, kind->name);

    name = *name == '\0' ? NULL : mem_text(parent, name);
    json_decref(json);
    return name;
}

/* *ret_away: one that might know it did not answer for now. */
static const char *ask_name(struct session *session, const void *parent, const char *id,
                            bool *ret_away)
{
    uint64_t numbers[KINDS];
    const char *name = NULL;

    *ret_away = false;

    for (size_t i = 0; i < KINDS; i++)
        numbers[i] = send(session, &kinds[i], id);
    for (size_t i = 0; i < KINDS; i++) {
        struct client_reply reply;
        bool came =
            name == NULL && client_take(session->client, parent, numbers[i], 2 * ASK_MS, &reply);

        if (came)
            name = name_in(parent, &kinds[i], &reply);
        else
            client_forget(session->client, numbers[i]);
        *ret_away |= !came || reply.header->code == TYPE__CODE__CODE_UNAVAILABLE;
    }
    return name;
}

/* Waits before another try, unless the session has waited long enough. */
static bool waits_again(struct known *known)
{
    if (known->again == AGAIN_MAX)
        return false;
    known->again++;
    poll(NULL, 0, AGAIN_MS);
    return true;
}

/* NULL: nobody tells it. */
static const char *name_of(struct session *session, const void *parent, const char *id)
{
    json_t *names = session->known->names;
    const json_t *name = json_object_get(names, id);

    if (name != NULL)
        return json_string_value(name);
    if (json_object_size(names) == NAMES_MAX)
        return NULL;
    const char *told;
    bool away;
    do
        told = ask_name(session, parent, id, &away);
    while (told == NULL && away && waits_again(session->known));
    json_object_set_new(names, id, told == NULL ? json_null() : json_string(told));
    return told;
}

/* ---- times ---- */

/* Sets the program's zone to the street's; false if nobody tells it or it is not known here. */
static bool enter_zone(struct session *session, const void *parent)
{
    json_t *nothing = json_object();
    struct client_request out = ask_request(session, parent, "GetStreet", nothing);
    char file[ZONE_BYTES] = "";
    struct client_reply reply;
    ProtobufCMessage *message;
    enum status status;

    json_decref(nothing);
    out.timeout_ms = ASK_MS;
    do
        status = session_call(session, parent, &out, &reply, &message);
    while (status == STATUS_UNAVAILABLE && waits_again(session->known));
    if (status != STATUS_OK)
        return false;
    json_t *response = json_from_message(message);
    const char *zone = json_path_text(response, "street.time_zone");
    if (*zone != '\0' && strstr(zone, "..") == NULL)
        snprintf(file, sizeof file, "/usr/share/zoneinfo/%s", zone);
    bool known = *file != '\0' && access(file, R_OK) == 0;
    if (known) {
        setenv("TZ", zone, 1);
        tzset();
    }
    json_decref(response);
    return known;
}

static const char *local_time(const void *parent, int64_t seconds)
{
    char text[sizeof "2026-03-01 08:00"];
    time_t instant = seconds;
    struct tm local;

    localtime_r(&instant, &local);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
    return mem_text(parent, text);
}

/* ---- the text ---- */

static int forget(struct known *known)
{
    json_decref(known->names);
    return 0;
}

static struct known *known_of(struct session *session)
{
    if (session->known == NULL) {
        session->known = mem_new(session, struct known);
        session->known->names = json_object();
        talloc_set_destructor(session->known, forget);
    }
    return session->known;
}

/* What to say for what begins here, and how long that is; NULL: what stands there. */
static const char *better(struct session *session, const void *parent, const char *at,
                          size_t *ret_size)
{
    struct known *known = known_of(session);
    char piece[ID_CHARS + 1] = "";
    uint8_t id[16];
    int64_t seconds;
    int32_t nanos;

    memcpy(piece, at, strnlen(at, ID_CHARS));
    *ret_size = ID_CHARS;
    if (id_parse(piece, id) == 0) {
        const char *name = name_of(session, parent, piece);
        return name == NULL ? NULL
                            : mem_printf(parent, language_is_chinese() ? "“%s”" : "\"%s\"", name);
    }
    *ret_size = INSTANT_CHARS;
    piece[INSTANT_CHARS] = '\0';
    if (!isdigit((unsigned char)*piece) || !clock_parse(piece, &seconds, &nanos))
        return NULL;
    if (known->zone == ZONE_UNASKED)
        known->zone = enter_zone(session, parent) ? ZONE_ENTERED : ZONE_UNKNOWN;
    return known->zone == ZONE_ENTERED ? local_time(parent, seconds) : NULL;
}

const char *known_words(struct session *session, const void *parent, const char *text)
{
    char *line = mem_text(parent, "");

    if (session == NULL || *session->options->street == '\0')
        return text;
    while (*text != '\0') {
        size_t size;
        const char *said =
            isxdigit((unsigned char)*text) ? better(session, parent, text, &size) : NULL;

        line = mem_check(said != NULL ? talloc_strdup_append(line, said)
                                      : talloc_strndup_append(line, text, 1));
        text += said != NULL ? size : 1;
    }
    return line;
}
