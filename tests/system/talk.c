/* SPDX-License-Identifier: Apache-2.0 */
/* talk.c - calls in JSON */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

struct talker {
    struct bed *bed;
    struct client *client;
    const char *actor;
    Bus__Position position[SERVICES];
    const Bus__Position *after[SERVICES];
    size_t n_after;
    struct { /* methods of what is under way */
        uint64_t number;
        const char *method;
    } sent[64];
};

struct talker *talker_new(struct bed *bed, enum who who, const char *actor)
{
    struct talker *talker = mem_new(bed->memory, struct talker);

    talker->bed = bed;
    talker->client = talloc_steal(talker, bed_client(bed, who, BROKERS));
    talker->actor = mem_text(talker, actor);
    return talker;
}

static void remember(struct talker *talker, const Bus__Position *position)
{
    size_t i = 0;

    while (i < talker->n_after && strcmp(talker->position[i].service, position->service) != 0)
        i++;
    if (i == talker->n_after) {
        bus__position__init(&talker->position[i]);
        talker->position[i].service = mem_text(talker, position->service);
        talker->after[i] = &talker->position[i];
        talker->n_after++;
    }
    if (position->seq > talker->position[i].seq)
        talker->position[i].seq = position->seq;
}

static uint64_t send_json(struct talker *talker, const char *method, const char *json)
{
    const char *full = bed_method(method);
    uint64_t number =
        client_send(talker->client, &(struct client_request){
                                        .service = bed_service_of(full),
                                        .street = talker->bed->street,
                                        .method = full,
                                        .actor = talker->actor,
                                        .timeout_ms = WAIT_MS,
                                        .after = talker->after,
                                        .n_after = talker->n_after,
                                        .payload = bed_pack(talker->bed, method, json),
                                    });

    for (size_t i = 0; i < sizeof talker->sent / sizeof *talker->sent; i++)
        if (!talker->sent[i].method) {
            talker->sent[i].number = number;
            talker->sent[i].method = full;
            return number;
        }
    fail_msg("more than 64 requests of one talker under way");
    return 0;
}

static const char *method_of(struct talker *talker, uint64_t number)
{
    for (size_t i = 0; i < sizeof talker->sent / sizeof *talker->sent; i++)
        if (talker->sent[i].method && talker->sent[i].number == number) {
            const char *method = talker->sent[i].method;
            talker->sent[i].method = NULL;
            return method;
        }
    fail_msg("no such request");
    return "";
}

struct answer talk_take(struct talker *talker, uint64_t number)
{
    const ProtobufCMethodDescriptor *type = types_method(method_of(talker, number), NULL);
    struct violations violations = {0};
    struct client_reply reply;
    ProtobufCMessage *response;

    assert_true(client_take(talker->client, talker->bed->memory, number, 2 * WAIT_MS, &reply));
    struct answer answer = {(enum status)reply.header->code, "", "", reply.header->message, NULL};
    if (reply.header->n_violations > 0) {
        answer.field = reply.header->violations[0]->field;
        answer.rule = reply.header->violations[0]->rule;
    }
    if (reply.header->position)
        remember(talker, reply.header->position);
    if (answer.status == STATUS_OK) {
        assert_int_equal(wire_unpack(talker->bed->memory, type->output, reply.payload.data,
                                     reply.payload.len, &violations, &response),
                         STATUS_OK);
        answer.response = response;
    }
    return answer;
}

uint64_t talk_send(struct talker *talker, const char *method, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(talker->bed->memory, format, args));
    va_end(args);
    return send_json(talker, method, json);
}

struct answer talk(struct talker *talker, const char *method, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(talker->bed->memory, format, args));
    va_end(args);
    return talk_take(talker, send_json(talker, method, json));
}

struct answer must(struct talker *talker, const char *method, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *json = mem_check(talloc_vasprintf(talker->bed->memory, format, args));
    va_end(args);
    struct answer answer = talk_take(talker, send_json(talker, method, json));
    if (answer.status != STATUS_OK)
        fail_msg("%s %s: %s on '%s' by '%s' (%s)", method, json, status_name(answer.status),
                 answer.field, answer.rule, answer.message);
    return answer;
}

/* ---- fields ---- */

const char *text_of(const struct answer *answer, const char *path)
{
    const ProtobufCMessage *message = answer->response;
    char name[64];

    while (true) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
        if (!field) {
            fail_msg("%s has no field %s", message->descriptor->name, name);
            return "";
        }
        const void *member = (const char *)message + field->offset;
        switch (field->type) {
        case PROTOBUF_C_TYPE_MESSAGE:
            message = *(ProtobufCMessage *const *)member;
            path += length + 1;
            continue;
        case PROTOBUF_C_TYPE_STRING:
            return *(const char *const *)member;
        case PROTOBUF_C_TYPE_ENUM:
            return types_enum_name(field->descriptor, *(const int *)member);
        case PROTOBUF_C_TYPE_UINT32:
            return mem_printf(answer->response, "%u", *(const uint32_t *)member);
        default:
            fail_msg("%s is no text or number", name);
        }
    }
}

long number_of(const struct answer *answer, const char *path)
{
    return strtol(text_of(answer, path), NULL, 10);
}
