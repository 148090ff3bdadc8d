/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_wrong_header.c - everything that a caller with a good certificate can get wrong, or forge,
 * in the envelope
 *
 * Each row spoils a good request and sends it through both brokers; whoever refuses it, broker or
 * registry, says status, field and rule. After each one the tables are as before it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"
#include "tests/system/shot.h"

enum { MINUTE_MS = 60000, DAY_MS = 24 * 60 * MINUTE_MS, HEADER_MAX = 16 * 1024 };

static char *id_made_at(int64_t unix_ms)
{
    char *id = mem_bytes(range.bed->memory, ID_CHARS + 1), digits[13];

    id_new(id);
    snprintf(digits, sizeof digits, "%012llx", (unsigned long long)unix_ms);
    memcpy(id, digits, 8);
    memcpy(id + 9, digits + 8, 4);
    return id;
}

static int64_t now_ms(void)
{
    return clock_unix_us() / 1000;
}

static void unknown_method(struct shot *shot)
{
    shot->header->method = (char *)"jusha.registry.v1.RegistryService/BurnUnit";
}
static void unknown_street(struct shot *shot)
{
    shot->who = OPERATOR;
    shot->header->method = (char *)bed_method("UpdateStreet");
    shot->header->street = (char *)"nowhere";
    shot->address = "registry@nowhere";
    shot->payload = bed_pack(range.bed, "UpdateStreet",
                             "{\"street\": {\"name\": \"x\", \"revision\": 1},"
                             " \"updateMask\": \"name\"}");
}
static void unknown_street_asked(struct shot *shot)
{
    unknown_street(shot);
    shot->header->method = (char *)bed_method("GetStreet");
    shot->payload = (ProtobufCBinaryData){0};
}
static void street_not_granted(struct shot *shot)
{
    shot->header->street = range.bed->other;
    shot->address = mem_printf(range.bed->memory, "registry@%s", range.bed->other);
}
static void street_not_addressed(struct shot *shot)
{
    shot->header->street = range.bed->other;
}
static void street_beside_the_service(struct shot *shot)
{
    shot->address = "registry";
}
static void no_street(struct shot *shot)
{
    shot->address = "registry";
    shot->header->street = (char *)"";
}
static void street_of_a_method_that_spans(struct shot *shot)
{
    shot->who = OPERATOR;
    shot->header->method = (char *)bed_method("ListStreets");
}
static void no_street_of_a_method_that_needs_one(struct shot *shot)
{
    shot->who = OPERATOR;
    no_street(shot);
}
static void street_that_is_no_slug(struct shot *shot)
{
    shot->address = "registry@Xia Sha";
}
static void forged_actor(struct shot *shot)
{
    shot->header->actor = (char *)"somebody-else";
}
static void actor_too_long(struct shot *shot)
{
    shot->who = GATEWAY;
    shot->header->actor =
        (char *)"a2345678901234567890123456789012345678901234567890123456789012345";
}
static void actor_of_control(struct shot *shot)
{
    shot->who = GATEWAY;
    shot->header->method = (char *)bed_method("GetStreet");
    shot->payload = (ProtobufCBinaryData){0};
    shot->header->actor = (char *)"a\tb\x01";
}
static void no_id(struct shot *shot)
{
    shot->header->request_id = (char *)"";
}
static void id_no_uuid(struct shot *shot)
{
    shot->header->request_id = (char *)"request number seven";
}
static void id_of_version_4(struct shot *shot)
{
    shot->header->request_id[14] = '4';
}
static void id_of_last_year(struct shot *shot)
{
    shot->header->request_id = id_made_at(now_ms() - INT64_C(366) * DAY_MS);
}
static void id_of_31_days_ago(struct shot *shot)
{
    shot->header->request_id = id_made_at(now_ms() - INT64_C(31) * DAY_MS);
}
static void id_of_the_future(struct shot *shot)
{
    shot->header->request_id = id_made_at(now_ms() + INT64_C(10) * MINUTE_MS);
}
static void id_used_before(struct shot *shot)
{
    shot->header->request_id = (char *)range.reused_id;
}
static void timeout_too_large(struct shot *shot)
{
    shot->header->timeout_ms = 60001;
}
static void header_too_large(struct shot *shot)
{
    char *huge = mem_bytes(range.bed->memory, HEADER_MAX + 1);

    memset(huge, 'a', HEADER_MAX);
    huge[HEADER_MAX] = 0;
    shot->header->traceparent = huge;
}
static void no_service(struct shot *shot)
{
    shot->address = "";
}
static void unknown_service(struct shot *shot)
{
    shot->address = mem_printf(range.bed->memory, "weather@%s", range.bed->street);
}

static const struct {
    const char *what;
    void (*spoil)(struct shot *shot);
    struct outcome expected;
} headers[] = {
    {"unknown method", unknown_method, {STATUS_NOT_FOUND, "method", "exists"}},
    {"unknown street", unknown_street, {STATUS_NOT_FOUND, "street", "exists"}},
    {"unknown street, asked", unknown_street_asked, {STATUS_NOT_FOUND, "street", "exists"}},
    {"street not granted", street_not_granted, {STATUS_PERMISSION_DENIED, "street", "granted"}},
    {"street not addressed",
     street_not_addressed,
     {STATUS_INVALID_ARGUMENT, "street", "addressed"}},
    {"street beside the service",
     street_beside_the_service,
     {STATUS_INVALID_ARGUMENT, "street", "addressed"}},
    {"no street", no_street, {STATUS_PERMISSION_DENIED, "street", "granted"}},
    {"a street of a method that spans",
     street_of_a_method_that_spans,
     {STATUS_INVALID_ARGUMENT, "street", "empty"}},
    {"no street of a method that needs one",
     no_street_of_a_method_that_needs_one,
     {STATUS_PERMISSION_DENIED, "method", "role"}},
    {"street that is no slug",
     street_that_is_no_slug,
     {STATUS_INVALID_ARGUMENT, "service", "pattern"}},
    {"forged actor", forged_actor, {STATUS_PERMISSION_DENIED, "actor", "granted"}},
    {"actor too long", actor_too_long, {STATUS_INVALID_ARGUMENT, "actor", "length"}},
    {"actor with control characters",
     actor_of_control,
     {STATUS_INVALID_ARGUMENT, "actor", "length"}},
    {"no request_id", no_id, {STATUS_INVALID_ARGUMENT, "request_id", "uuid"}},
    {"request_id no UUID", id_no_uuid, {STATUS_INVALID_ARGUMENT, "request_id", "uuid"}},
    {"request_id of version 4", id_of_version_4, {STATUS_INVALID_ARGUMENT, "request_id", "uuidv7"}},
    {"request_id of last year", id_of_last_year, {STATUS_INVALID_ARGUMENT, "request_id", "age"}},
    {"request_id of 31 days ago",
     id_of_31_days_ago,
     {STATUS_INVALID_ARGUMENT, "request_id", "age"}},
    {"request_id of the future", id_of_the_future, {STATUS_INVALID_ARGUMENT, "request_id", "age"}},
    {"request_id used before", id_used_before, {STATUS_ABORTED, "request_id", "reused"}},
    {"timeout too large", timeout_too_large, {STATUS_INVALID_ARGUMENT, "timeout_ms", "range"}},
    {"header too large", header_too_large, {STATUS_INVALID_ARGUMENT, "", "wire_format"}},
    {"no service", no_service, {STATUS_INVALID_ARGUMENT, "service", "pattern"}},
    {"unknown service", unknown_service, {STATUS_UNAVAILABLE, "service", "known"}},
};

static void refuses_headers_that_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct shot shot = shot_good(STAFF, "RegisterUnit",
                                     "{\"unit\": {\"name\": \"headers\", \"kind\": \"BANK\"}}");
        headers[i].spoil(&shot);
        shot_fire(headers[i].what, &shot, &headers[i].expected);
    }
}

static void answers_with_the_id_as_it_was_sent(void **state)
{
    static const char *const methods[] = {"ListUnits", "RegisterUnit", "RegisterUnit", "GetUnit"};
    static const char *const requests[] = {
        "{}", "{\"unit\": {\"name\": \"capital\", \"kind\": \"BANK\"}}",
        "{\"unit\": {\"name\": \"capital\", \"kind\": \"BANK\"}}", "{\"unitId\": \"no id\"}"};
    struct bed *bed = range.bed;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    char *address = raw_address(bed, bed->street), *command = NULL;

    (void)state;
    for (size_t i = 0; i < 4; i++) { /* a query, a command, the same again, a refusal */
        Bus__RequestHeader *header = raw_header(bed, bed->street, methods[i]);
        if (i == 2)
            header->request_id = mem_text(bed->memory, command);
        for (char *c = header->request_id; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        if (i == 1)
            command = header->request_id;
        raw_request(raw, address, header, bed_pack(bed, methods[i], requests[i]));
        const Bus__ReplyHeader *reply = raw_answer(bed, raw);
        assert_string_equal(reply->request_id, header->request_id);
        assert_int_equal(reply->code,
                         i == 3 ? TYPE__CODE__CODE_INVALID_ARGUMENT : TYPE__CODE__CODE_OK);
        assert_int_equal(reply->replayed, i == 2);
    }
    talloc_free(raw);
}

/* [MDPC02, 3, service, Reply] */
static const Bus__Reply *answer_in_one(struct bed *bed, struct raw *raw)
{
    struct violations wrong = {0};
    ProtobufCMessage *reply;
    struct frames frames;

    assert_true(raw_receive(raw, 10000, &frames));
    assert_int_equal(frames.count, 4);
    assert_int_equal(wire_unpack(bed->memory, &bus__reply__descriptor, frames_data(&frames, 3),
                                 frames_size(&frames, 3), &wrong, &reply),
                     STATUS_OK);
    frames_clear(&frames);
    return (const Bus__Reply *)reply;
}

static void answers_one_body_frame_with_one(void **state)
{
    static const struct {
        const char *method, *request;
        Type__Code code;
    } rows[] = {
        {"RegisterUnit", "{\"unit\": {\"name\": \"in one\", \"kind\": \"BANK\"}}",
         TYPE__CODE__CODE_OK},
        {"ListUnits", "{}", TYPE__CODE__CODE_OK},
        {"GetUnit", "{\"unitId\": \"no id\"}", TYPE__CODE__CODE_INVALID_ARGUMENT},
    };
    struct bed *bed = range.bed;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct frames frames = {0};
        Bus__Request request = BUS__REQUEST__INIT;

        request.header = raw_header(bed, bed->street, rows[i].method);
        request.payload = bed_pack(bed, rows[i].method, rows[i].request);
        frames_add_text(&frames, MDP_CLIENT);
        frames_add_text(&frames, "\x01");
        frames_add_text(&frames, raw_address(bed, bed->street));
        frames_add_packed(&frames, &request.base);
        frames_send(raw->socket, &frames);
        const Bus__Reply *reply = answer_in_one(bed, raw);
        assert_int_equal(reply->header->code, rows[i].code);
        assert_string_equal(reply->header->request_id, request.header->request_id);
        assert_true((reply->payload.len > 0) == (rows[i].code == TYPE__CODE__CODE_OK));
    }
    raw_send(raw, MDP_CLIENT, "\x01", raw_address(bed, bed->street), "no Request");
    assert_int_equal(answer_in_one(bed, raw)->header->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
    talloc_free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(refuses_headers_that_lie, shot_survived),
        cmocka_unit_test(answers_with_the_id_as_it_was_sent),
        cmocka_unit_test(answers_one_body_frame_with_one),
    };

    return bed_finish(cmocka_run_group_tests_name("wrong header", tests, shot_up, bed_down));
}
