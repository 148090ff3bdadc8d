/* SPDX-License-Identifier: Apache-2.0 */
/* listed.c - is a refusal in ops/doc/methods.json? */
#include "listed.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/service/call/endpoint.h"

static bool is(const json_t *object, const char *key, const char *value)
{
    return strcmp(json_string_value(json_object_get(object, key)), value) == 0;
}

static bool has_params(const json_t *rule, const struct violation *violation)
{
    for (int i = 0; i < VIOLATION_PARAMS && violation->params[i].key; i++)
        if (json_object_get(json_object_get(rule, "params"), violation->params[i].key) == NULL)
            return false;
    return true;
}

static bool holds(const json_t *rules, const char *code, const struct violation *violation)
{
    json_t *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        if (is(rule, "code", code) && is(rule, "rule", violation->rule) &&
            has_params(rule, violation))
            return true;
    }
    return false;
}

static const json_t *rules_of(const json_t *page, const char *method)
{
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(page, "methods"), i, entry)
    {
        if (is(entry, "method", method))
            return json_object_get(entry, "rules");
    }
    fail_msg("%s is not in ops/doc/methods.json: ninja -C build pages", method);
    return NULL;
}

void listed_assert(const struct call *call)
{
    static json_t *page;

    if (call_is_own(call) || call->status == STATUS_OK || !call->endpoint)
        return;
    if (!page)
        page = json_load_file(METHODS_PAGE, 0, NULL);
    assert_non_null(page);
    for (size_t i = 0; i < call->violations.count; i++) {
        const struct violation *violation = &call->violations.item[i];
        const char *code = status_name(call->status);

        if (!holds(json_object_get(page, "every_method"), code, violation) &&
            !holds(rules_of(page, call->endpoint->name), code, violation))
            fail_msg("ops/doc/methods.json does not list %s by rule %s (%s) for %s: ninja -C build "
                     "pages",
                     code, violation->rule, violation->field, call->endpoint->name);
    }
}
