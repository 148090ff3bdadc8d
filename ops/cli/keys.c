/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c - jusha keys create|init|list|renew: certificates and data keys of a folder
 *
 * Brokers honour every <name>.key of their clients' folder at once; <name>.key_secret is for its
 * owner. NAME.data_key has the keys of a service's personal data (data_keys.h).
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/mem.h"
#include "table.h"
#include "services/service_names.h"

struct arguments {
    struct options common;
    const char *action, *name, *folder, *role, *streets;
};

enum option_key { KEY_FOLDER = 'f', KEY_ROLE = 'r', KEY_STREETS = 's' };

static const struct argp_option rows[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "Where the certificates are (JUSHA_KEYS)", 0},
    {"role", KEY_ROLE, "ROLE", 0,
     "create: OPERATOR, SERVICE, GATEWAY, STREET_STAFF, COMMUNITY_STAFF, UNIT_CONTACT, VOLUNTEER,"
     " SHOP, INTEGRATOR or WORKER",
     0},
    {"streets", KEY_STREETS, "SLUGS", 0,
     "create: streets that it may ask for, separated by a space, or *", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case KEY_FOLDER:
        arguments->folder = value;
        return 0;
    case KEY_ROLE:
        arguments->role = value;
        if (role_of(value) == BUS__ROLE__ROLE_UNSPECIFIED)
            argp_error(state, "\"%s\" is no role", value);
        return 0;
    case KEY_STREETS:
        arguments->streets = value;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "too many arguments");
        *(state->arg_num == 0 ? &arguments->action : &arguments->name) = value;
        return 0;
    case ARGP_KEY_END:
        if (arguments->action == NULL)
            argp_error(state, "create, init, list or renew is missing");
        if (arguments->folder == NULL || *arguments->folder == '\0')
            argp_error(state, "--folder is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum exit_code make(const struct arguments *arguments, const char *name, Bus__Role role,
                           const char *streets)
{
    struct certificate made;

    switch (certificate_create(arguments->folder, name, role, streets, &made)) {
    case STATUS_OK:
        printf("%s/%s.key_secret\n", arguments->folder, name);
        explicit_bzero(&made, sizeof made);
        return EXIT_CODE_OK;
    case STATUS_ALREADY_EXISTS:
        fprintf(stderr, "jusha: %s/%s.key is there; a key is never overwritten\n",
                arguments->folder, name);
        return EXIT_CODE_REFUSED;
    case STATUS_INVALID_ARGUMENT:
        fprintf(stderr, "jusha: a name is 1-64 of a-z, 0-9, '.', '_' and '-'; streets are slugs"
                        " separated by one space, or *\n");
        return EXIT_CODE_USAGE;
    default:
        fprintf(stderr, "jusha: %s cannot be written\n", arguments->folder);
        return EXIT_CODE_REFUSED;
    }
}

/* What an installation needs before its first street. A broker asks nobody for anything, but a
 * certificate must have a role; services are known by the names they serve. */
static const struct {
    const char *name;
    Bus__Role role;
    const char *streets;
} first_keys[] = {
    {"broker", BUS__ROLE__ROLE_SERVICE, ""},
#define X(name, NAME) {#name, BUS__ROLE__ROLE_SERVICE, "*"},
    SERVICE_NAMES(X)
#undef X
        {"operator", BUS__ROLE__ROLE_OPERATOR, "*"},
};

/* Does it keep data, so that it has a key of them? */
static bool is_service(const char *name)
{
#define X(service, NAME)                                                                           \
    if (strcmp(name, #service) == 0)                                                               \
        return true;
    SERVICE_NAMES(X)
#undef X
    return false;
}

static enum exit_code create(const struct arguments *arguments)
{
    if (arguments->name == NULL || arguments->role == NULL || arguments->streets == NULL) {
        fputs("jusha: keys create needs NAME, --role and --streets\n", stderr);
        return EXIT_CODE_USAGE;
    }
    if (role_of(arguments->role) == BUS__ROLE__ROLE_WORKER &&
        (is_service(arguments->name) || strcmp(arguments->name, "broker") == 0)) {
        fprintf(stderr, "jusha: %s is a service of Jusha; a foreign worker needs another name\n",
                arguments->name);
        return EXIT_CODE_USAGE;
    }
    return make(arguments, arguments->name, role_of(arguments->role), arguments->streets);
}

static bool is_there(const char *path)
{
    if (access(path, F_OK) != 0)
        return false;
    printf("%s is there\n", path);
    return true;
}

/* One more key in it, or the first. */
static enum exit_code append_data_key(const char *path)
{
    switch (data_keys_append(path)) {
    case STATUS_OK:
        printf("%s\n", path);
        return EXIT_CODE_OK;
    case STATUS_RESOURCE_EXHAUSTED:
        fprintf(stderr, "jusha: %s has %d keys; there is no room for more\n", path, DATA_KEYS_MAX);
        break;
    case STATUS_FAILED_PRECONDITION:
        fprintf(stderr,
                "jusha: %s has a line that is no key of 64 hex digits; no key behind it would"
                " count. Mend it first\n",
                path);
        break;
    default:
        fprintf(stderr, "jusha: %s cannot be written: %s\n", path, strerror(errno));
    }
    return EXIT_CODE_REFUSED;
}

static enum exit_code init(const struct arguments *arguments)
{
    enum exit_code worst = EXIT_CODE_OK;

    for (size_t i = 0; i < sizeof first_keys / sizeof *first_keys; i++) {
        const char *name = first_keys[i].name;
        char *base = mem_printf(NULL, "%s/%s", arguments->folder, name);
        const char *data_key = mem_printf(base, "%s.data_key", base);
        enum exit_code code = EXIT_CODE_OK;

        if (!is_there(mem_printf(base, "%s.key_secret", base)))
            code = make(arguments, name, first_keys[i].role, first_keys[i].streets);
        if (code == EXIT_CODE_OK && is_service(name) && !is_there(data_key))
            code = append_data_key(data_key);
        worst = code > worst ? code : worst;
        talloc_free(base);
    }
    return worst;
}

static enum exit_code renew(const struct arguments *arguments)
{
    if (arguments->name == NULL || !is_service(arguments->name)) {
        fputs("jusha: keys renew needs the NAME of a service\n", stderr);
        return EXIT_CODE_USAGE;
    }
    char *path = mem_printf(NULL, "%s/%s.data_key", arguments->folder, arguments->name);
    enum exit_code code = append_data_key(path);
    talloc_free(path);
    return code;
}

static int is_public(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".key") == 0;
}

static void print_json(const struct certificate *certificate, bool has_secret)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", certificate->name, "role",
                             role_name(certificate->role), "streets", certificate->streets,
                             "publicKey", certificate->public_key, "secret", has_secret);

    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

/* False if the file is no certificate. */
static bool list_one(const struct arguments *arguments, const char *file, struct table *table)
{
    const char *path = mem_printf(table, "%s/%s", arguments->folder, file);
    bool has_secret = access(mem_printf(table, "%s_secret", path), F_OK) == 0;
    struct certificate certificate;

    if (certificate_load(path, &certificate) != STATUS_OK)
        return false; /* it was logged why */
    if (arguments->common.json)
        print_json(&certificate, has_secret);
    else
        table_row(table, (const char *const[]){certificate.name, role_name(certificate.role),
                                               certificate.streets, has_secret ? "here" : "-"});
    return true;
}

static enum exit_code list(const struct arguments *arguments)
{
    static const char *const headings[] = {"name", "role", "streets", "secret", NULL};
    struct dirent **entries;
    int count = scandir(arguments->folder, &entries, is_public, alphasort);
    bool all = true;

    if (count < 0) {
        fprintf(stderr, "jusha: %s is no folder that can be read\n", arguments->folder);
        return EXIT_CODE_USAGE;
    }
    struct table *table = table_new(NULL, headings);
    for (int i = 0; i < count; i++) {
        all &= list_one(arguments, entries[i]->d_name, table);
        free(entries[i]);
    }
    free(entries);
    table_print(table, stdout);
    talloc_free(table);
    return all ? EXIT_CODE_OK : EXIT_CODE_REFUSED;
}

static const struct {
    const char *name;
    enum exit_code (*act)(const struct arguments *arguments);
} actions[] = {{"create", create}, {"init", init}, {"list", list}, {"renew", renew}};

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .args_doc = "create NAME\ninit\nlist\nrenew SERVICE",
        .doc =
            "Make and list the certificates that people and programs connect with, and the keys of"
            " services' personal data."
            "\vcreate makes NAME.key (public, for the brokers' clients folder) and"
            " NAME.key_secret (for its owner only). init makes what a fresh installation needs:"
            " broker, operator, each service, with its data key; those that are there stay."
            " renew appends a data key to SERVICE.data_key, which counts within two seconds;"
            " those before it still open what they sealed. Example:\n"
            "  jusha keys create staff --role STREET_STAFF --streets xiasha --folder keys",
        .children = children};
    struct arguments arguments = {.common = *common, .folder = getenv("JUSHA_KEYS")};

    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, arguments.action) == 0)
            return actions[i].act(&arguments);
    fprintf(stderr, "jusha: keys can create, init, list and renew, not \"%s\"\n", arguments.action);
    return EXIT_CODE_USAGE;
}

const struct command keys_command = {
    .name = "keys", .help = "make and list certificates, renew data keys", .run = run};
