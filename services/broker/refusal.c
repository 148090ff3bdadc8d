/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - an error of the broker as a ReplyHeader */
#include <assert.h>
#include <stdio.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/wire.h"
#include "services/broker/refusal.h"

static const struct {
    enum status status;
    const char *field, *rule, *message;
} rows[REFUSAL_COUNT] = {
#define X(name, code, field_name, rule_name, text)                                                 \
    [REFUSAL_##name] = {                                                                           \
        .status = STATUS_##code, .field = (field_name), .rule = (rule_name), .message = (text)},
    REFUSALS(X)
#undef X
};

static const char *const limits[REFUSAL_COUNT] = {
#define X(name, max) [REFUSAL_##name] = #max,
    REFUSAL_LIMITS(X)
#undef X
};

enum status refusal_status(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return rows[refusal].status;
}

const char *refusal_rule(enum refusal refusal)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return rows[refusal].rule;
}

ProtobufCBinaryData refusal_pack(const void *parent, enum refusal refusal, const char *request_id,
                                 int64_t retry_ms)
{
    assert(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    Type__Violation violation = TYPE__VIOLATION__INIT;
    Type__Violation *violations[] = {&violation};
    Type__Violation__ParamsEntry param = TYPE__VIOLATION__PARAMS_ENTRY__INIT;
    Type__Violation__ParamsEntry *params[] = {&param};
    char retry[24];
    const char *max = limits[refusal];
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    violation.field = (char *)rows[refusal].field;
    violation.rule = (char *)rows[refusal].rule;
    violation.message = (char *)rows[refusal].message;
    violation.params = params;
    violation.n_params = max || retry_ms > 0;
    param.key = max ? "max" : "retry_ms";
    param.value = max ? (char *)max : retry;
    snprintf(retry, sizeof retry, "%lld", (long long)retry_ms);
    header.request_id = (char *)request_id;
    header.code = (Type__Code)rows[refusal].status;
    header.message = (char *)rows[refusal].message;
    header.violations = violations;
    header.n_violations = 1;
    return wire_pack(parent, &header.base);
}
