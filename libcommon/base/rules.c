/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - tables of rules applied to messages
 *
 * apply_rule finds the rule's field and calls the check of its type in `kinds`. Checks add
 * violations and never stop the walk; paths are put together only when something is wrong.
 */
#include "libcommon/base/rules.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "google_field_mask.pb-c.h"
#include "google_timestamp.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_form.h"

/* The state that stays the same during one rules_apply. */
struct run {
    const void *parent;
    struct violations *violations;
    const char *prefix;
    bool failed;
};

/* Where the walk is: a message, and the chain of fields that led to it. */
struct level {
    struct run *run;
    const struct level *outer; /* NULL: the message that was passed to rules_apply */
    const char *name;          /* field of outer's message that holds this one */
    ProtobufCMessage *message;
};

static void apply_rule(const struct level *place, const struct rule *rule);

static const char *path_of(const struct level *place, const char *name)
{
    const char *before = place->outer ? path_of(place->outer, place->name) : place->run->prefix;

    return mem_printf(place->run->parent, "%s%s%s", before, *before ? "." : "", name);
}

/* message goes on from the field's name and never repeats its value. */
static struct violation *broken(const struct level *place, const char *name, const char *rule,
                                const char *message)
{
    struct run *run = place->run;

    run->failed = true;
    return violation_add(run->parent, run->violations, path_of(place, name), rule, "%s %s", name,
                         message);
}

static void broken_limits(const struct level *place, const struct rule *rule, const char *name,
                          const char *verb, const char *unit)
{
    const char *message = mem_printf(place->run->parent, "must %s %" PRId64 " to %" PRId64 "%s",
                                     verb, rule->min, rule->max, unit);
    struct violation *violation = broken(place, rule->field, name, message);

    violation->params[0] = (struct violation_param){"min", rule->min};
    violation->params[1] = (struct violation_param){"max", rule->max};
}

static void required(const struct level *place, const char *name)
{
    (void)broken(place, name, "required", "is required");
}

/* ---- reading fields ---- */

static void *at(const struct level *place, unsigned offset)
{
    return (char *)place->message + offset;
}

static const ProtobufCFieldDescriptor *find(const ProtobufCMessageDescriptor *type,
                                            const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static int64_t read_int(const struct level *place, const ProtobufCFieldDescriptor *field)
{
    const void *member = at(place, field->offset);
    uint64_t large;

    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return *(const uint32_t *)member;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        large = *(const uint64_t *)member;
        return large > INT64_MAX ? INT64_MAX : (int64_t)large;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return *(const int64_t *)member;
    default: /* enums too */
        return *(const int32_t *)member;
    }
}

/* Puts the text into its form where it stands; whoever made the message may have left a NULL. */
static const char *read_text(const struct level *place, const ProtobufCFieldDescriptor *field,
                             char *(*form)(const void *parent, char *text))
{
    char **member = at(place, field->offset);

    if (!*member)
        return "";
    *member = form(place->run->parent, *member);
    return *member;
}

/* ---- checks, one per type ---- */

/* A text of the field, or of one of its entries, called `name`. */
static void check_length(const struct level *place, const char *name, const char *text, int64_t min,
                         int64_t max)
{
    const struct rule limits = {.field = name, .min = min, .max = max};
    long characters = text_characters(text, strlen(text));

    if (characters < min || characters > max)
        broken_limits(place, &limits, "length", "have", " characters");
    if (text_has_control(text))
        (void)broken(place, name, "control", "must not hold control characters");
}

static void check_text(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    check_length(place, rule->field, read_text(place, field, text_line), rule->min, rule->max);
}

static void check_long_text(const struct level *place, const struct rule *rule,
                            const ProtobufCFieldDescriptor *field)
{
    const char *text = read_text(place, field, text_lines);

    check_length(place, rule->field, text, rule->min, rule->max);
    if (text_has_bidi_control(text))
        (void)broken(place, rule->field, "bidi",
                     "must not hold characters that turn the direction of writing");
}

static void check_test(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    const char *text = read_text(place, field, text_code);

    if (!*text && rule->min > 0)
        required(place, rule->field);
    else if (*text && !rule->test(text))
        (void)broken(place, rule->field, rule->name, "is not valid");
}

static void check_form(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    const char *text = read_text(place, field, text_code);
    char *kept = *text ? rule->form(place->run->parent, text) : NULL;

    if (kept)
        *(char **)at(place, field->offset) = kept;
    else if (*text)
        (void)broken(place, rule->field, rule->name, rule->forms);
    else if (rule->min > 0)
        required(place, rule->field);
}

static void to_lower_case(const struct level *place, char **text)
{
    if (!strpbrk(*text, "ABCDEF"))
        return;
    *text = mem_text(place->run->parent, *text); /* what stood there may be a constant */
    for (char *c = *text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

static void not_uuid(const struct level *place, const char *name)
{
    (void)broken(place, name, "uuid", "must be a UUID");
}

static void check_uuid(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    char **text = at(place, field->offset);
    bool empty = !*text || !**text;

    if (empty && rule->min > 0)
        required(place, rule->field);
    else if (!empty && !text_is_uuid(*text))
        not_uuid(place, rule->field);
    else if (!empty)
        to_lower_case(place, text);
}

/* How many entries a repeated field has, or 0 with a violation when they are too few or too many:
 * not thousands of violations more. */
static size_t count_entries(const struct level *place, const struct rule *rule,
                            const ProtobufCFieldDescriptor *field, const char *unit)
{
    size_t count = *(size_t *)at(place, field->quantifier_offset);

    if (count >= (size_t)rule->min && count <= (size_t)rule->max)
        return count;
    broken_limits(place, rule, "count", "hold", unit);
    return 0;
}

enum { ENTRY_NAME = 128 };

/* "unit_ids[3]" */
static const char *entry_name(char name[ENTRY_NAME], const struct rule *rule, size_t index)
{
    snprintf(name, ENTRY_NAME, "%s[%zu]", rule->field, index);
    return name;
}

static bool is_among(char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

static void check_uuids(const struct level *place, const struct rule *rule,
                        const ProtobufCFieldDescriptor *field)
{
    size_t count = count_entries(place, rule, field, " ids");
    char **texts = *(char ***)at(place, field->offset);
    char name[ENTRY_NAME];

    for (size_t i = 0; i < count; i++) {
        if (!text_is_uuid(texts[i])) {
            not_uuid(place, entry_name(name, rule, i));
            continue;
        }
        to_lower_case(place, &texts[i]);
        if (rule->distinct && is_among(texts, i, texts[i]))
            (void)broken(place, entry_name(name, rule, i), "duplicate", "is there already");
    }
}

static void check_texts(const struct level *place, const struct rule *rule,
                        const ProtobufCFieldDescriptor *field)
{
    size_t count = count_entries(place, rule, field, " texts");
    char **texts = *(char ***)at(place, field->offset);
    char name[ENTRY_NAME];

    for (size_t i = 0; i < count; i++) {
        texts[i] = text_line(place->run->parent, texts[i]);
        check_length(place, entry_name(name, rule, i), texts[i], 1, rule->chars);
    }
}

static void check_enum(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    if (rule->min > 0 && read_int(place, field) == 0)
        required(place, rule->field);
}

static void check_int(const struct level *place, const struct rule *rule,
                      const ProtobufCFieldDescriptor *field)
{
    int64_t value = read_int(place, field);

    if (value < rule->min || value > rule->max)
        broken_limits(place, rule, "range", "be", "");
}

static void apply_table(const struct level *place, const struct rule *rules)
{
    for (const struct rule *rule = rules; rule->type != RULE_END; rule++)
        apply_rule(place, rule);
}

static void check_message(const struct level *place, const struct rule *rule,
                          const ProtobufCFieldDescriptor *field)
{
    struct level inner = {place->run, place, rule->field,
                          *(ProtobufCMessage **)at(place, field->offset)};

    if (inner.message)
        apply_table(&inner, rule->rules);
    else if (rule->min > 0)
        required(place, rule->field);
}

static void check_messages(const struct level *place, const struct rule *rule,
                           const ProtobufCFieldDescriptor *field)
{
    size_t count = count_entries(place, rule, field, " entries");
    ProtobufCMessage **messages = *(ProtobufCMessage ***)at(place, field->offset);
    char name[ENTRY_NAME];

    for (size_t i = 0; i < count; i++) {
        struct level inner = {place->run, place, entry_name(name, rule, i), messages[i]};
        apply_table(&inner, rule->rules);
    }
}

/* Which times there are was checked on the wire. */
static void check_time(const struct level *place, const struct rule *rule,
                       const ProtobufCFieldDescriptor *field)
{
    if (!*(Google__Protobuf__Timestamp **)at(place, field->offset) && rule->min > 0)
        required(place, rule->field);
}

static void check_any(const struct level *place, const struct rule *rule,
                      const ProtobufCFieldDescriptor *field)
{
    (void)place, (void)rule, (void)field;
}

/* ---- updates ---- */

/* Row of the object's table that a mask path names; RULE_ROWS_MAX if none. */
static size_t find_row(const struct rule *rules, const char *path)
{
    for (size_t row = 0; rules[row].type != RULE_END; row++)
        if (strcmp(rules[row].field, path) == 0)
            return row;
    return RULE_ROWS_MAX;
}

/* The rows under the mask as bits. */
static uint64_t read_mask(const struct level *place, const struct rule *rule)
{
    const ProtobufCFieldDescriptor *field = find(place->message->descriptor, rule->mask);
    const Google__Protobuf__FieldMask *mask =
        *(Google__Protobuf__FieldMask **)at(place, field->offset);
    uint64_t rows = 0;
    char name[128];

    if (!mask || mask->n_paths == 0)
        required(place, rule->mask);
    for (size_t i = 0; mask && i < mask->n_paths; i++) {
        size_t row = find_row(rule->rules, mask->paths[i]);
        uint64_t bit = row < RULE_ROWS_MAX ? (uint64_t)1 << row : 0;
        snprintf(name, sizeof name, "%s.paths[%zu]", rule->mask, i);
        if (!bit)
            (void)broken(place, name, "not_updatable", "names no field that can be updated");
        else if (rows & bit)
            (void)broken(place, name, "duplicate", "names a field a second time");
        rows |= bit;
    }
    return rows;
}

static void check_update(const struct level *place, const struct rule *rule,
                         const ProtobufCFieldDescriptor *field)
{
    struct level object = {place->run, place, rule->field,
                           *(ProtobufCMessage **)at(place, field->offset)};
    uint64_t rows = read_mask(place, rule);

    if (!object.message) {
        required(place, rule->field);
        return;
    }
    if (rule->id)
        apply_rule(&object, &(struct rule){.field = rule->id, .type = RULE_TYPE_UUID, .min = 1});
    if (read_int(&object, find(object.message->descriptor, "revision")) < 1)
        required(&object, "revision");
    for (size_t row = 0; rule->rules[row].type != RULE_END; row++)
        if (rows >> row & 1)
            apply_rule(&object, &rule->rules[row]);
}

/* ---- what a rule's type does ---- */

static void (*const checks[])(const struct level *place, const struct rule *rule,
                              const ProtobufCFieldDescriptor *field) = {
    [RULE_TYPE_TEXT] = check_text,         [RULE_TYPE_LONG_TEXT] = check_long_text,
    [RULE_TYPE_TEST] = check_test,         [RULE_TYPE_FORM] = check_form,
    [RULE_TYPE_UUID] = check_uuid,         [RULE_TYPE_UUIDS] = check_uuids,
    [RULE_TYPE_ENUM] = check_enum,         [RULE_TYPE_INT] = check_int,
    [RULE_TYPE_MESSAGE] = check_message,   [RULE_TYPE_TEXTS] = check_texts,
    [RULE_TYPE_MESSAGES] = check_messages, [RULE_TYPE_TIME] = check_time,
    [RULE_TYPE_UPDATE] = check_update,     [RULE_TYPE_ANY] = check_any,
};
static_assert(sizeof checks / sizeof *checks == RULE_TYPES, "every type has a check");

/* A member of a oneof that is not the one set has nothing to check. */
static bool is_other_of_oneof(const struct level *place, const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
           *(uint32_t *)at(place, field->quantifier_offset) != field->id;
}

static void apply_rule(const struct level *place, const struct rule *rule)
{
    const ProtobufCFieldDescriptor *field = find(place->message->descriptor, rule->field);

    assert(field); /* rules_check found the table good at start */
    if (!is_other_of_oneof(place, field))
        checks[rule->type](place, rule, field);
}

enum status rules_apply(const void *parent, const struct rule *rules, ProtobufCMessage *message,
                        const char *prefix, struct violations *violations)
{
    struct run run = {parent, violations, prefix, false};
    struct level top = {.run = &run, .message = message};

    apply_table(&top, rules);
    return run.failed ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}
