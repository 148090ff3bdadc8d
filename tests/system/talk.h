/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk.h - calls of any service's methods in JSON, and fields of what they answer
 *
 * A talker remembers the newest position of each journal that it was told and sends them with every
 * request (RequestHeader.after): whatever it has done is known to whomever it asks next.
 */
#pragma once

#include "tests/system/bed.h"

struct talker;

/* Under bed->memory; ends with talloc_free. actor: whom the certificate speaks for, "" for
 * itself. */
struct talker *talker_new(struct bed *bed, enum who who, const char *actor);

struct answer {
    enum status status;
    const char *field, *rule, *message; /* of the refusal's first violation; "" if none */
    const ProtobufCMessage *response;   /* on OK */
};

/* In bed->street; format makes the request's JSON. */
struct answer talk(struct talker *talker, const char *method, const char *format, ...) PRINTF(3, 4);
/* The same, and it must be OK. */
struct answer must(struct talker *talker, const char *method, const char *format, ...) PRINTF(3, 4);

/* Sends without waiting; the answer comes by talk_take. */
uint64_t talk_send(struct talker *talker, const char *method, const char *format, ...) PRINTF(3, 4);
struct answer talk_take(struct talker *talker, uint64_t number);

/* A field by its path, as text: "sign_up.status" is "WAITING", "sign_up.place" is "3". Under
 * bed->memory. */
const char *text_of(const struct answer *answer, const char *path);
long number_of(const struct answer *answer, const char *path);
