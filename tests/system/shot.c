/* SPDX-License-Identifier: Apache-2.0 */
/* shot.c - good requests to spoil, and the comparison of what they lead to */
#include "shot.h"

#include <string.h>

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "registry_unit.pb-c.h"

struct range range;

static char *replace(const char *text, const char *name, const char *value)
{
    const struct bed *bed = range.bed;
    const char *at = strstr(text, name);

    return at ? mem_printf(bed->memory, "%.*s%s%s", (int)(at - text), text, value,
                           at + strlen(name))
              : mem_text(bed->memory, text);
}

static const char *fill_in(const char *json)
{
    const struct {
        const char *name, *value;
    } rows[] = {{"$UNIT", range.unit}, {"$FOREIGN", range.foreign}, {"$TOKEN", range.token}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        json = replace(json, rows[i].name, rows[i].value);
    return json;
}

struct shot shot_good(enum who who, const char *method, const char *json)
{
    struct bed *bed = range.bed;
    const char *street = who == OTHER_STAFF ? bed->other : bed->street;

    return (struct shot){.who = who,
                         .address = mem_printf(bed->memory, "registry@%s", street),
                         .header = raw_header(bed, street, method),
                         .payload = bed_pack(bed, method, fill_in(json))};
}

void shot_fire(const char *what, const struct shot *shot, const struct outcome *expected)
{
    struct bed *bed = range.bed;
    long before = bed_rows(bed);

    for (size_t broker = 0; broker < BROKERS; broker++) {
        struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[shot->who], broker, PORT_CLIENT);
        raw_request(raw, shot->address, shot->header, shot->payload);
        const Bus__ReplyHeader *reply = raw_answer(bed, raw);
        const char *field = reply->n_violations ? reply->violations[0]->field : "";
        const char *rule = reply->n_violations ? reply->violations[0]->rule : "";

        if ((enum status)reply->code != expected->status || strcmp(field, expected->field) != 0 ||
            strcmp(rule, expected->rule) != 0)
            fail_msg("%s: broker %zu answers %s on '%s' by '%s' (%s), expected %s on '%s' by '%s'",
                     what, broker, status_name((enum status)reply->code), field, rule,
                     reply->message, status_name(expected->status), expected->field,
                     expected->rule);
        talloc_free(raw);
    }
    if (bed_rows(bed) != before)
        fail_msg("%s: something was done", what);
}

/* Two banks here, so that there is a second page; one unit there. */
static void make_range(void)
{
    struct bed *bed = range.bed;
    struct client *other = bed_client(bed, OTHER_STAFF, BROKERS);
    struct client_reply reply;
    char id[ID_CHARS + 1];

    range.unit = bed_unit(bed, bed->client, bed->street,
                          "{\"unit\": {\"name\": \"银行一\", \"kind\": \"BANK\"}}");
    bed_unit(bed, bed->client, bed->street,
             "{\"unit\": {\"name\": \"银行二\", \"kind\": \"BANK\"}}");
    range.foreign =
        bed_unit(bed, other, bed->other, "{\"unit\": {\"name\": \"银行三\", \"kind\": \"BANK\"}}");
    assert_int_equal(bed_call(bed, bed->client, bed->street, "ListUnits",
                              "{\"kind\": \"BANK\", \"pageSize\": 1}", &reply),
                     STATUS_OK);
    Registry__ListUnitsResponse *page =
        registry__list_units_response__unpack(NULL, reply.payload.len, reply.payload.data);
    range.token = mem_text(bed->memory, page->next_page_token);
    registry__list_units_response__free_unpacked(page, NULL);
    id_new(id);
    range.reused_id = mem_text(bed->memory, id);
    assert_int_equal(
        client_call(bed->client, bed->memory,
                    &(struct client_request){
                        .service = "registry",
                        .street = bed->street,
                        .request_id = id,
                        .method = bed_method("RegisterUnit"),
                        .payload = bed_pack(bed, "RegisterUnit",
                                            "{\"unit\": {\"name\": \"店\", \"kind\": \"SHOP\"}}")},
                    &reply),
        STATUS_OK);
}

int shot_up(void **state)
{
    bed_up(state, (struct bed_options){.registries = 1});
    range.bed = *state;
    make_range();
    return 0;
}

int shot_survived(void **state)
{
    bed_assert_alive(*state);
    return 0;
}
