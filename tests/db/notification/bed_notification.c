/* SPDX-License-Identifier: Apache-2.0 */
/* bed_notification.c - notification in a bed, and what happens elsewhere */
#include "bed_notification.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "services/notification/contract.h"
#include "services/notification/notification.h"

const struct service *const bed_service = &notification_service;

static void add_attribute(Journal__CloudEvent *event, const char *key, const char *text)
{
    Journal__CloudEvent__AttributesEntry *entry =
        wire_new(event, &journal__cloud_event__attributes_entry__descriptor);
    Journal__CloudEventAttributeValue *value =
        wire_new(event, &journal__cloud_event_attribute_value__descriptor);

    entry->key = (char *)key;
    entry->value = value;
    if (text) {
        value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
        value->ce_string = (char *)text;
    } else {
        value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
        value->ce_timestamp = wire_new(event, &google__protobuf__timestamp__descriptor);
        value->ce_timestamp->seconds = 1764000000;
    }
    event->attributes[event->n_attributes++] = entry;
}

static Journal__CloudEvent *cloud_event(const struct happening *what, const ProtobufCMessage *data,
                                        int64_t seq)
{
    Journal__CloudEvent *event = wire_new(NULL, &journal__cloud_event__descriptor);
    char *id = mem_bytes(event, ID_CHARS + 1);

    id_new(id);
    event->id = what->id ? (char *)what->id : id;
    event->type = (char *)data->descriptor->name;
    event->attributes = mem_array(event, Journal__CloudEvent__AttributesEntry *, 5);
    add_attribute(event, "subject", what->subject ? what->subject : "the object");
    add_attribute(event, "sequence", mem_printf(event, "%020lld", (long long)seq));
    add_attribute(event, "actor", what->actor ? what->actor : "somebody");
    add_attribute(event, "time", NULL);
    if (what->causation)
        add_attribute(event, "causationid", what->causation);
    event->data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    event->proto_data = wire_new(event, &google__protobuf__any__descriptor);
    event->proto_data->value = wire_pack(event, data);
    return event;
}

void bed_happens_with(struct bed *bed, const struct happening *what, const ProtobufCMessage *data)
{
    char *service = mem_check(talloc_strndup(NULL, what->type, strcspn(what->type, ".")));
    struct follower_position at = bed_follower_position(bed, service);
    Journal__CloudEvent *event = cloud_event(what, data, at.seq + 1);

    assert_int_equal(
        follower_apply(&bed->slot, bed->street, followers_find(service), &event, 1, &at),
        STATUS_OK);
    talloc_free(event);
    talloc_free(service);
}

void bed_happens(struct bed *bed, struct happening what)
{
    struct violations violations = {0};
    char *name = mem_printf(NULL, "jusha.%s", what.type);
    ProtobufCMessage *data;

    assert_non_null(types_message(name));
    if (json_parse(name, types_message(name), what.json, &violations, &data) != STATUS_OK)
        fail_msg("%s: %s", what.json, violations.item[0].message);
    bed_happens_with(bed, &what, data);
    talloc_free(name);
}

void bed_assert_title(struct bed *bed, const char *holder, const char *zh, const char *en)
{
    char *sql = mem_printf(NULL,
                           "SELECT title_zh, title_en FROM notification.message WHERE street = '%s'"
                           " AND holder = '%s' ORDER BY message_id DESC LIMIT 1",
                           bed->street, holder);
    PGresult *result = PQexec(bed->admin, sql);

    assert_int_equal(PQntuples(result), 1);
    assert_string_equal(PQgetvalue(result, 0, 0), zh);
    assert_string_equal(PQgetvalue(result, 0, 1), en);
    PQclear(result);
    talloc_free(sql);
}
