/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - jusha names: the keys by which names are equal, made for rows of a version before keys
 *
 * Each service that has MakeNameKeys is asked page by page; what it found is one JSON object, which
 * --json prints; else tables show it. Asked again it makes what lacks still: after a rename the
 * other name has its key.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "command.h"
#include "json_path.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "output.h"
#include "refusal.h"
#include "table.h"
#include "terminal.h"
#include "usage.h"

static const struct {
    const char *service, *method;
} makers[] = {
    {"registry", "jusha.registry.v1.RegistryService/MakeNameKeys"},
    {"selection", "jusha.selection.v1.SelectionService/MakeNameKeys"},
};
enum { MAKERS = sizeof makers / sizeof *makers };

struct found {
    json_t *services;   /* [{"service", "lookedAt", "made", "collisions"}] */
    json_t *collisions; /* [{"service", and of NameCollision}] */
};

static void add(json_t *entry, const char *key, json_int_t more)
{
    json_object_set_new(entry, key,
                        json_integer(json_integer_value(json_object_get(entry, key)) + more));
}

static void take_page(struct found *found, json_t *entry, const json_t *page)
{
    json_t *collisions = json_object_get(page, "collisions"), *collision;
    size_t i;

    add(entry, "lookedAt", json_integer_value(json_object_get(page, "lookedAt")));
    add(entry, "made", json_integer_value(json_object_get(page, "made")));
    add(entry, "collisions", (json_int_t)json_array_size(collisions));
    json_array_foreach(collisions, i, collision)
    {
        json_object_set(collision, "service", json_object_get(entry, "service"));
        json_array_append(found->collisions, collision);
    }
}

/* All pages of one service; a refusal is told. */
static enum status make(struct session *session, size_t maker, struct found *found)
{
    json_t *entry = json_pack("{s:s}", "service", makers[maker].service);
    char *position = mem_text(NULL, "");
    enum status status;

    json_array_append_new(found->services, entry);
    do {
        void *memory = talloc_new(NULL);
        json_t *request = json_pack("{s:s}", "position", position), *page = NULL;
        const Bus__ReplyHeader *header;

        status = ask(session, memory, makers[maker].method, NULL, request, &header, &page);
        if (status == STATUS_OK)
            take_page(found, entry, page);
        else
            refusal_print(session, session->options, header);
        TALLOC_FREE(position);
        position = mem_text(NULL, json_path_text(page, "next_position"));
        json_decref(page);
        json_decref(request);
        talloc_free(memory);
    } while (status == STATUS_OK && *position != '\0');
    talloc_free(position);
    return status;
}

static const char *number(const void *parent, const json_t *entry, const char *key)
{
    return mem_printf(parent, "%" JSON_INTEGER_FORMAT,
                      json_integer_value(json_object_get(entry, key)));
}

static void print_tables(const struct found *found)
{
    static const char *const service_headings[] = {
        SPOKEN("service"), SPOKEN(">names"), SPOKEN(">keys made"), SPOKEN(">collisions"), NULL};
    static const char *const headings[] = {SPOKEN("service"),        SPOKEN("name"),
                                           SPOKEN("has the key of"), SPOKEN("id"),
                                           SPOKEN("other id"),       NULL};
    void *memory = talloc_new(NULL);
    struct table *services = table_new(memory, service_headings),
                 *collisions = table_new(memory, headings);
    json_t *entry;
    size_t i;

    json_array_foreach(found->services, i, entry)
    {
        table_row(services, (const char *const[]){json_path_text(entry, "service"),
                                                  number(memory, entry, "lookedAt"),
                                                  number(memory, entry, "made"),
                                                  number(memory, entry, "collisions")});
    }
    json_array_foreach(found->collisions, i, entry)
    {
        table_row(collisions, (const char *const[]){json_path_text(entry, "service"),
                                                    json_path_text(entry, "name"),
                                                    json_path_text(entry, "other_name"),
                                                    json_path_text(entry, "object_id"),
                                                    json_path_text(entry, "other_id")});
    }
    table_print(services, stdout);
    if (json_array_size(found->collisions) > 0)
        terminal_say(stdout,
                     speak("People cannot tell these names apart: rename one of each two, and call"
                           " it again."),
                     0, 0);
    table_print(collisions, stdout);
    talloc_free(memory);
}

static void print(const struct options *options, const struct found *found)
{
    if (!options->json) {
        print_tables(found);
        return;
    }
    json_t *all = json_pack("{s:s, s:O, s:O}", "street", options->street, "services",
                            found->services, "collisions", found->collisions);
    output_json(all, JSON_COMPACT);
    json_decref(all);
}

static enum exit_code make_all(struct session *session)
{
    struct found found = {json_array(), json_array()};
    enum exit_code worst = EXIT_CODE_OK;

    for (size_t i = 0; i < MAKERS; i++) {
        enum exit_code code = exit_code_of(make(session, i, &found));
        worst = code > worst ? code : worst;
    }
    print(session->options, &found);
    if (worst == EXIT_CODE_OK && json_array_size(found.collisions) > 0)
        worst = EXIT_CODE_REFUSED;
    json_decref(found.services);
    json_decref(found.collisions);
    return worst;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    const struct options *options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        usage_error(state, speak("\"%s\" is not expected"), value);
    case ARGP_KEY_END:
        if (*options->street == '\0')
            usage_error(state, "%s", speak("--street or JUSHA_STREET is missing"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .doc =
            SPOKEN("Make the keys by which names of a street are equal, whatever their case, width"
                   " and invisible characters, and list the names that people cannot tell"
                   " apart.") "\v" SPOKEN("Needed once for each street after an upgrade from a"
                                          " version without keys; doing it again changes"
                                          " nothing. Only operators and street staff may. The"
                                          " exit code is 1 while names collide."),
        .children = children};
    struct options options = *common;

    usage_parse(&argp, argc, argv, 0, &options);
    struct session *session = session_open(&options, NULL);
    if (session == NULL)
        return EXIT_CODE_USAGE;
    enum exit_code code = make_all(session);
    session_close(&session);
    return code;
}

const struct command names_command = {
    .name = "names",
    .help = SPOKEN("make the keys of names after an upgrade, list those that collide"),
    .run = run};
