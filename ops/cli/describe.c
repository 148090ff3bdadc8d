/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.c - jusha describe METHOD: what a method takes, who may call it, and what refuses it
 *
 * Fields come from the contract's descriptors; roles and rules from ops/doc/methods.json, which is
 * part of the program and is held to the services' tables and code by a test. Nothing is asked.
 */
#include <string.h>

#include "command.h"
#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "methods.h"
#include "output.h"
#include "table.h"
#include "terminal.h"
#include "usage.h"

enum { DEPTH_MAX = 4, ENUMS_MAX = 32 };

/* Those that the fields of a message have, once each. */
struct enums {
    size_t count;
    const ProtobufCEnumDescriptor *types[ENUMS_MAX];
};

extern const char methods_json[]; /* ops/doc/methods.json */

struct arguments {
    struct options common;
    const char *method;
    bool rules;
};

enum option_key { KEY_RULES = 'r' };

static const struct argp_option rows[] = {
    {"rules", KEY_RULES, 0, 0,
     SPOKEN(
         "Every rule of every method, with its code and params; --json for programs that translate"
         " them"),
     0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_RULES:
        arguments->rules = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            usage_error(state, speak("\"%s\" is not expected"), value);
        arguments->method = value;
        return 0;
    case ARGP_KEY_END:
        if ((arguments->method != NULL) == arguments->rules)
            usage_error(state, "%s", speak("METHOD or --rules is needed"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- fields ---- */

static const char *type_of(const void *parent, const ProtobufCFieldDescriptor *field)
{
    static const char *const names[] = {
        [PROTOBUF_C_TYPE_INT32] = "int32",   [PROTOBUF_C_TYPE_INT64] = "int64",
        [PROTOBUF_C_TYPE_UINT32] = "uint32", [PROTOBUF_C_TYPE_UINT64] = "uint64",
        [PROTOBUF_C_TYPE_BOOL] = "bool",     [PROTOBUF_C_TYPE_STRING] = "string",
        [PROTOBUF_C_TYPE_BYTES] = "bytes",   [PROTOBUF_C_TYPE_DOUBLE] = "double",
        [PROTOBUF_C_TYPE_FLOAT] = "float",
    };
    const char *list = field->label == PROTOBUF_C_LABEL_REPEATED ? "[]" : "", *name = NULL;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        name = ((const ProtobufCMessageDescriptor *)field->descriptor)->short_name;
    else if (field->type == PROTOBUF_C_TYPE_ENUM)
        name = ((const ProtobufCEnumDescriptor *)field->descriptor)->short_name;
    else if ((size_t)field->type < sizeof names / sizeof *names)
        name = names[field->type];
    return mem_printf(parent, "%s%s", name != NULL ? name : "?", list);
}

/* "min=1, max=120" */
static const char *params_of(const void *parent, const json_t *rule)
{
    char *text = mem_text(parent, "");
    const char *key;
    json_t *value;

    json_object_foreach(json_object_get(rule, "params"), key, value)
    {
        const char *comma = *text == '\0' ? "" : ", ";

        text = json_is_integer(value)
                   ? talloc_asprintf_append(text, "%s%s=%" JSON_INTEGER_FORMAT, comma, key,
                                            json_integer_value(value))
                   : talloc_asprintf_append(text, "%s%s", comma, key);
    }
    return mem_check(text);
}

/* Types beyond those of google, whose fields are their own. */
static const ProtobufCMessageDescriptor *message_of(const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *type =
        field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;

    return type != NULL && strncmp(type->name, "google.", 7) == 0 ? NULL : type;
}

static void note_enum(struct enums *enums, const ProtobufCFieldDescriptor *field)
{
    size_t i = 0;

    while (i < enums->count && enums->types[i] != field->descriptor)
        i++;
    if (field->type == PROTOBUF_C_TYPE_ENUM && i == enums->count && i < ENUMS_MAX)
        enums->types[enums->count++] = field->descriptor;
}

/* Fields of a message and of those within it, and which enums there are. */
static void add_fields(struct table *table, const char *prefix,
                       const ProtobufCMessageDescriptor *type, int depth, struct enums *enums)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
        const char *path = mem_printf(table, "%s%s%s", prefix, field->name, list ? "[]" : "");

        table_row(table, (const char *const[]){path, type_of(table, field)});
        note_enum(enums, field);
        if (message_of(field) != NULL && depth < DEPTH_MAX)
            add_fields(table, mem_printf(table, "%s.", path), message_of(field), depth + 1, enums);
    }
}

/* "UnitKind: GOVERNMENT, …" */
static void print_enum(const ProtobufCEnumDescriptor *type)
{
    char *text = mem_printf(NULL, "%s:", type->short_name);

    for (unsigned i = 0; i < type->n_values; i++)
        if (type->values[i].value != 0)
            text = mem_check(talloc_asprintf_append(text, "%s %s",
                                                    text[strlen(text) - 1] == ':' ? "" : ",",
                                                    types_enum_name(type, type->values[i].value)));
    terminal_wrap(stdout, text, terminal_columns(stdout), 0, 0);
    talloc_free(text);
}

static void print_message(const char *title, const ProtobufCMessageDescriptor *type)
{
    static const char *const headings[] = {SPOKEN("field"), SPOKEN("type"), NULL};
    struct table *table = table_new(NULL, headings);
    struct enums enums = {0};

    const char *line = mem_printf(table, "%s %s", title, type->name);

    putchar('\n');
    terminal_say(stdout, line, 0, 0);
    add_fields(table, "", type, 1, &enums);
    table_print(table, stdout);
    for (size_t i = 0; i < enums.count; i++)
        print_enum(enums.types[i]);
    talloc_free(table);
}

/* ---- rules ---- */

static void add_rule(struct table *table, const char *method, const json_t *rule)
{
    const char *name = json_path_text(rule, "rule"), *chinese = speak_rule(name);
    const char *cells[] = {method, json_path_text(rule, "field"), json_path_text(rule, "code"),
                           name,   params_of(table, rule),        chinese != NULL ? chinese : ""};

    table_row(table, method != NULL ? cells : cells + 1);
}

/* Columns of a table of rules, with the method's before them; what a rule says stands in Chinese
 * only, as its name is English. */
static const char *const *rule_headings(void)
{
    static const char *const english[] = {SPOKEN("method"), SPOKEN("field"),  SPOKEN("code"),
                                          SPOKEN("rule"),   SPOKEN("params"), NULL};
    static const char *const chinese[] = {"method", "field",           "code", "rule",
                                          "params", SPOKEN("meaning"), NULL};

    return language_is_chinese() ? chinese : english;
}

static void print_rules(const json_t *rules)
{
    struct table *table = table_new(NULL, rule_headings() + 1);
    json_t *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        add_rule(table, NULL, rule);
    }
    table_print(table, stdout);
    talloc_free(table);
}

static void print_roles(const json_t *roles)
{
    const char *role;
    json_t *reach;

    char *text = mem_text(NULL, speak("Who may:"));

    json_object_foreach((json_t *)roles, role, reach)
    {
        text = mem_check(
            talloc_asprintf_append(text, " %s (%s)", role, speak(json_string_value(reach))));
    }
    if (json_object_size(roles) == 0)
        text = mem_check(talloc_strdup_append(text, speak(" nobody but the services themselves")));
    terminal_say(stdout, text, 0, 0);
    talloc_free(text);
}

/* Every rule of every method, those that all of them share first. */
static void print_all(const json_t *all)
{
    static const char *const shared[] = {"broker", "every_method"};
    struct table *table = table_new(NULL, rule_headings());
    json_t *method, *rule;
    size_t i, j;

    for (i = 0; i < sizeof shared / sizeof *shared; i++)
        json_array_foreach(json_object_get(all, shared[i]), j, rule)
        {
            add_rule(table, "*", rule);
        }
    json_array_foreach(json_object_get(all, "methods"), i, method)
    {
        const char *name = strrchr(json_path_text(method, "method"), '/') + 1;

        json_array_foreach(json_object_get(method, "rules"), j, rule)
        {
            add_rule(table, name, rule);
        }
    }
    table_print(table, stdout);
    talloc_free(table);
}

/* ---- the method ---- */

static json_t *find(const json_t *all, const char *full_name)
{
    json_t *method;
    size_t i;

    json_array_foreach(json_object_get(all, "methods"), i, method)
    {
        if (strcmp(json_path_text(method, "method"), full_name) == 0)
            return method;
    }
    return NULL;
}

static void print_method(const struct found_method *found, const json_t *method)
{
    char *kind = mem_printf(NULL, speak("It is a %s of %s."), speak(json_path_text(method, "kind")),
                            found->service != NULL ? found->service : speak("every service"));

    fputs(terminal_paint(stdout, PAINT_BOLD), stdout);
    terminal_say(stdout, found->full_name, 0, 0);
    fputs(terminal_paint(stdout, PAINT_PLAIN), stdout);
    if (!language_is_chinese()) /* the contract speaks English */
        terminal_wrap(stdout, json_path_text(method, "about"), terminal_columns(stdout), 0, 0);
    terminal_say(stdout, kind, 0, 0);
    talloc_free(kind);
    print_roles(json_object_get(method, "roles"));
    print_message(speak("Request"), found->descriptor->input);
    print_message(speak("Response"), found->descriptor->output);
    putchar('\n');
    terminal_say(stdout,
                 speak("What may refuse it, beside what may refuse every method (--rules):"), 0, 0);
    print_rules(json_object_get(method, "rules"));
}

static enum exit_code describe(const void *memory, const struct arguments *arguments)
{
    struct found_method found;
    json_t *all = json_loads(methods_json, 0, NULL);

    if (arguments->rules) {
        if (arguments->common.json)
            output_json(all, JSON_COMPACT);
        else
            print_all(all);
    } else if (!method_choose(memory, arguments->method, &found)) {
        json_decref(all);
        return EXIT_CODE_USAGE;
    } else if (arguments->common.json) {
        output_json(find(all, found.full_name), JSON_COMPACT);
    } else {
        print_method(&found, find(all, found.full_name));
    }
    json_decref(all);
    return EXIT_CODE_OK;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .args_doc = "METHOD\n--rules",
        .doc =
            SPOKEN("Tell what a method takes and answers, who may call it, and every rule that may"
                   " refuse it.") "\v" SPOKEN("METHOD is the full name or the end of it. Nothing "
                                              "is sent. Example:\n"
                                              "  jusha describe RegisterUnit"),
        .children = children};
    struct arguments arguments = {.common = *common};

    usage_parse(&argp, argc, argv, 0, &arguments);
    void *memory = talloc_new(NULL);
    enum exit_code code = describe(memory, &arguments);
    talloc_free(memory);
    return code;
}

const struct command describe_command = {
    .name = "describe",
    .help = SPOKEN("what a method takes, who may call it, what refuses it"),
    .run = run};
