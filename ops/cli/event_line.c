/* SPDX-License-Identifier: Apache-2.0 */
/* event_line.c - one event as one line, for people or in the CloudEvents JSON format */
#include "event_line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

enum { DATA_CHARACTERS = 160 };

/* A new reference, NULL for a value of a type that is not sent. */
static json_t *attribute_value(const Journal__CloudEventAttributeValue *value)
{
    switch (value->attr_case) {
    case JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING:
        return json_string(value->ce_string);
    case JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP:
        return json_from_message(&value->ce_timestamp->base);
    default:
        return NULL;
    }
}

/* The payload, a new reference: its JSON, or the Any's when its type is unknown here. */
static json_t *data_of(const Journal__CloudEvent *event)
{
    static const char prefix[] = "type.googleapis.com/";
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (event->data_case != JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA)
        return json_object();
    const Google__Protobuf__Any *any = event->proto_data;
    const ProtobufCMessageDescriptor *type = strncmp(any->type_url, prefix, sizeof prefix - 1) == 0
                                                 ? types_message(any->type_url + sizeof prefix - 1)
                                                 : NULL;
    void *memory = talloc_new(NULL);
    json_t *data = type != NULL && wire_unpack(memory, type, any->value.data, any->value.len,
                                               &violations, &message) == STATUS_OK
                       ? json_from_message(message)
                       : json_from_message(&any->base);
    talloc_free(memory);
    return data;
}

static json_t *cloud_event(const struct subscriber_event *event)
{
    const Journal__CloudEvent *from = event->event;
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "specversion", from->spec_version, "id",
                             from->id, "source", from->source, "type", from->type);

    for (size_t i = 0; i < from->n_attributes; i++) {
        json_t *value = attribute_value(from->attributes[i]->value);

        if (value != NULL)
            json_object_set_new(json, from->attributes[i]->key, value);
    }
    json_object_set_new(json, "datacontenttype", json_string("application/json"));
    json_object_set_new(json, "data", data_of(from));
    return json;
}

/* Compact JSON under parent. */
static char *compact(const void *parent, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    char *copy = mem_text(parent, mem_check(text));

    free(text);
    return copy;
}

char *event_line_json(const void *parent, const struct subscriber_event *event)
{
    json_t *json = cloud_event(event);
    char *line = compact(parent, json);

    json_decref(json);
    return line;
}

/* Cuts valid UTF-8 after so many characters. */
static const char *shorten(const void *parent, char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    ucs4_t character;

    for (int i = 0; i < DATA_CHARACTERS; i++) {
        const uint8_t *next = u8_next(&character, at);
        if (next == NULL)
            return text;
        at = next;
    }
    text[(const char *)at - text] = '\0';
    return mem_printf(parent, "%s…", text);
}

/* "registry.UnitRegistered" of "jusha.registry.v1.UnitRegistered". */
static const char *short_type(const void *parent, const char *service, const char *type)
{
    const char *dot = strrchr(type, '.');

    return mem_printf(parent, "%s.%s", service, dot != NULL ? dot + 1 : type);
}

char *event_line(const void *parent, const struct subscriber_event *event)
{
    void *memory = talloc_new(NULL);
    json_t *json = cloud_event(event);
    const char *time = json_string_value(json_object_get(json, "time"));
    const char *subject = json_string_value(json_object_get(json, "subject"));
    const char *data = shorten(memory, compact(memory, json_object_get(json, "data")));
    char *line =
        mem_printf(parent, "%s %lld %s %s %s", time != NULL ? time : "-", (long long)event->seq,
                   short_type(memory, event->service, event->event->type),
                   subject != NULL ? subject : "-", data);

    json_decref(json);
    talloc_free(memory);
    return line;
}
