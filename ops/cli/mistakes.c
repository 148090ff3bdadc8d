/* SPDX-License-Identifier: Apache-2.0 */
/* mistakes.c - what is wrong with a request that was typed, and what may have been meant */
#include "mistakes.h"

#include <inttypes.h>
#include <string.h>

#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "refusal.h"
#include "usage.h"

enum { NAMES_MAX = 64 };

/* "unit.contacts[3].kind" without its indices, under parent. */
static char *plain_path(const void *parent, const char *path)
{
    char *plain = mem_text(parent, path), *to = plain;

    for (; *path != '\0'; path++) {
        if (*path == '[')
            path += strcspn(path, "]");
        else
            *to++ = *path;
    }
    *to = '\0';
    return plain;
}

/* The names that an enum's field may have, all but the one that stands for none. */
static void names_of_enum(const ProtobufCMessageDescriptor *type, const char *path,
                          const char *names[static NAMES_MAX])
{
    const ProtobufCFieldDescriptor *field = json_path_field(type, path);
    size_t count = 0;

    if (field == NULL || field->type != PROTOBUF_C_TYPE_ENUM)
        return;
    const ProtobufCEnumDescriptor *of = field->descriptor;
    for (unsigned i = 0; i < of->n_values && count + 1 < NAMES_MAX; i++)
        if (of->values[i].value != 0)
            names[count++] = types_enum_name(of, of->values[i].value);
}

/* The fields beside an unknown one. */
static void names_of_message(const ProtobufCMessageDescriptor *type, const char *path,
                             const char *names[static NAMES_MAX])
{
    const char *dot = strrchr(path, '.');
    char *outer = mem_check(talloc_strndup(NULL, path, dot == NULL ? 0 : (size_t)(dot - path)));
    const ProtobufCFieldDescriptor *field = dot == NULL ? NULL : json_path_field(type, outer);
    const ProtobufCMessageDescriptor *of = dot == NULL     ? type
                                           : field == NULL ? NULL
                                                           : field->descriptor;

    for (unsigned i = 0; of != NULL && i < of->n_fields && i + 1 < NAMES_MAX; i++)
        names[i] = of->fields[i].name;
    talloc_free(outer);
}

static void add_param(void *memory, Type__Violation *violation, const char *key, const char *value)
{
    Type__Violation__ParamsEntry *entry = mem_new(memory, Type__Violation__ParamsEntry);

    type__violation__params_entry__init(entry);
    entry->key = (char *)key;
    entry->value = (char *)value;
    violation->params =
        mem_check(talloc_realloc(memory, violation->params, Type__Violation__ParamsEntry *,
                                 (unsigned)violation->n_params + 1));
    violation->params[violation->n_params++] = entry;
}

/* Which names there are, and which of them was meant. */
static void explain(void *memory, const char *typed, const char *const *names,
                    Type__Violation *violation)
{
    char *all = mem_text(memory, "");

    for (const char *const *name = names; *name != NULL; name++)
        all = mem_check(talloc_asprintf_append(all, "%s%s", name == names ? "" : ", ", *name));
    if (*all == '\0')
        return;
    const char *nearest = usage_nearest(typed, names);
    add_param(memory, violation, "values", all);
    if (nearest != NULL)
        add_param(memory, violation, "nearest", nearest);
    violation->message = mem_printf(memory, speak("%s; there are %s%s"), violation->message, all,
                                    usage_hint(memory, typed, names));
}

Type__Violation *mistakes_explain(const void *parent, const ProtobufCMessageDescriptor *type,
                                  const json_t *json, const struct violation *from)
{
    Type__Violation *violation = mem_new(parent, Type__Violation);
    void *memory = violation;
    const char *path = plain_path(memory, from->field), *dot = strrchr(path, '.');
    const char *names[NAMES_MAX] = {0}, *typed = dot == NULL ? path : dot + 1;

    type__violation__init(violation);
    violation->field = (char *)from->field;
    violation->rule = (char *)from->rule;
    violation->message = (char *)from->message;
    for (size_t i = 0; i < VIOLATION_PARAMS && from->params[i].key != NULL; i++)
        add_param(memory, violation, from->params[i].key,
                  from->params[i].text != NULL
                      ? from->params[i].text
                      : mem_printf(memory, "%" PRId64, from->params[i].value));
    if (strcmp(from->rule, "enum") == 0) {
        names_of_enum(type, path, names);
        typed = json_path_text(json, path);
    } else if (strcmp(from->rule, "unknown_field") == 0) {
        names_of_message(type, path, names);
    }
    explain(memory, typed, names, violation);
    return violation;
}

void mistakes_print(const struct options *options, const ProtobufCMessageDescriptor *type,
                    const char *text, const struct violations *violations)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Type__Violation *list[VIOLATIONS_MAX];
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    void *memory = talloc_new(NULL);

    for (size_t i = 0; i < violations->count; i++)
        list[i] = mistakes_explain(memory, type, json, &violations->item[i]);
    header.code = TYPE__CODE__CODE_INVALID_ARGUMENT;
    header.message = (char *)speak("the request was not sent");
    header.n_violations = violations->count;
    header.violations = list;
    refusal_print(NULL, options, &header);
    json_decref(json);
    talloc_free(memory);
}
