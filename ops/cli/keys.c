/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c - jusha keys admit|create|init|list|renew: certificates and data keys of a folder
 *
 * Brokers honour every <name>.key of their clients' folder at once; <name>.key_secret is for its
 * owner, who may make it elsewhere and have the public one admitted. NAME.data_key has the keys of
 * a service's personal data (data_keys.h).
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "language/language.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/bus/certificate.h"
#include "output.h"
#include "services/service_names.h"
#include "table.h"
#include "terminal.h"
#include "usage.h"

struct arguments {
    struct options common;
    const char *action, *name, *key, *folder, *role, *streets;
};

enum option_key { KEY_FOLDER = 'f', KEY_ROLE = 'r', KEY_STREETS = 's' };

static const struct argp_option rows[] = {
    {"folder", KEY_FOLDER, SPOKEN("DIR"), 0, SPOKEN("Where the certificates are (JUSHA_KEYS)"), 0},
    {"role", KEY_ROLE, SPOKEN("ROLE"), 0,
     SPOKEN(
         "admit, create: OPERATOR, SERVICE, GATEWAY, STREET_STAFF, COMMUNITY_STAFF, UNIT_CONTACT,"
         " VOLUNTEER, SHOP, INTEGRATOR or WORKER"),
     0},
    {"streets", KEY_STREETS, "SLUGS", 0,
     SPOKEN("admit, create: streets that it may ask for, separated by a space, or *"), 0},
    {0},
};

_Noreturn static void refuse_role(const struct argp_state *state, const char *role)
{
    const char *names[BUS__ROLE__VALUES] = {0};

    for (int i = 1; i < BUS__ROLE__VALUES; i++)
        names[i - 1] = types_enum_name(&bus__role__descriptor, i);
    usage_error(state, speak("\"%s\" is no role%s"), role, usage_hint(NULL, role, names));
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    const char **const places[] = {&arguments->action, &arguments->name, &arguments->key};

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
            refuse_role(state, value);
        return 0;
    case KEY_STREETS:
        arguments->streets = value;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= sizeof places / sizeof *places)
            usage_error(state, speak("\"%s\" is not expected"), value);
        *places[state->arg_num] = value;
        return 0;
    case ARGP_KEY_END:
        if (arguments->action == NULL)
            usage_error(state, "%s", speak("admit, create, init, list or renew is missing"));
        if (arguments->folder == NULL || *arguments->folder == '\0')
            usage_error(state, "%s", speak("--folder is missing"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A folder is made for a fresh installation only: elsewhere its name may be mistyped. */
static bool is_folder(const char *path)
{
    struct stat about;

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    complain(EXIT_CODE_USAGE, speak("%s is no folder"), path);
    return false;
}

/* A line on stdout for a file that was made or is there. */
static void print_path(const struct arguments *arguments, const char *path, bool made)
{
    json_t *line = json_pack("{s:s, s:b}", "path", path, "made", made);
    char *text = mem_printf(NULL, made ? "%s" : speak("%s is there"), path);

    if (arguments->common.json)
        output_json(line, JSON_COMPACT);
    else
        terminal_say(stdout, text, 0, 0);
    talloc_free(text);
    json_decref(line);
}

static enum exit_code tell(const struct arguments *arguments, const char *name, enum status status,
                           const char *suffix)
{
    char *path = mem_printf(NULL, "%s/%s%s", arguments->folder, name, suffix);
    enum exit_code code = EXIT_CODE_OK;

    if (status == STATUS_OK)
        print_path(arguments, path, true);
    else if (status == STATUS_ALREADY_EXISTS)
        code = complain(EXIT_CODE_REFUSED, speak("%s/%s.key is there; a key is never overwritten"),
                        arguments->folder, name);
    else if (status == STATUS_INVALID_ARGUMENT)
        code = complain(EXIT_CODE_USAGE, "%s",
                        speak("a name is 1-64 of a-z, 0-9, '.', '_' and '-'; streets are slugs"
                              " separated by one space, or *"));
    else
        code =
            complain(EXIT_CODE_REFUSED, speak("%s cannot be written: %s"), path, strerror(errno));
    talloc_free(path);
    return code;
}

static enum exit_code make(const struct arguments *arguments, const char *name, Bus__Role role,
                           const char *streets)
{
    struct certificate made;
    enum status status = certificate_create(arguments->folder, name, role, streets, &made);
    enum exit_code code = tell(arguments, name, status, ".key_secret");

    explicit_bzero(&made, sizeof made);
    return code;
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

/* What admit and create need. EXIT_CODE_USAGE after a line on stderr. */
static enum exit_code check_certificate(const struct arguments *arguments)
{
    if (arguments->name == NULL || arguments->role == NULL || arguments->streets == NULL)
        return complain(EXIT_CODE_USAGE, speak("keys %s needs NAME, --role and --streets"),
                        arguments->action);
    if (role_of(arguments->role) == BUS__ROLE__ROLE_WORKER &&
        (is_service(arguments->name) || strcmp(arguments->name, "broker") == 0))
        return complain(EXIT_CODE_USAGE,
                        speak("%s is a service of Jusha; a foreign worker needs another name"),
                        arguments->name);
    return is_folder(arguments->folder) ? EXIT_CODE_OK : EXIT_CODE_USAGE;
}

static enum exit_code create(const struct arguments *arguments)
{
    enum exit_code code = check_certificate(arguments);

    return code != EXIT_CODE_OK
               ? code
               : make(arguments, arguments->name, role_of(arguments->role), arguments->streets);
}

static int is_public(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".key") == 0;
}

/* True after a line on stderr: somebody of the folder has this key. */
static bool is_taken(const struct arguments *arguments)
{
    struct dirent **entries;
    int count = scandir(arguments->folder, &entries, is_public, alphasort);
    bool taken = false;

    for (int i = 0; i < count; i++) {
        char *path = mem_printf(NULL, "%s/%s", arguments->folder, entries[i]->d_name);
        struct certificate other;
        const char *why;

        if (!taken && certificate_read(path, &other, &why) == STATUS_OK &&
            strcmp(other.public_key, arguments->key) == 0) {
            complain(EXIT_CODE_REFUSED, speak("%s has this key already"), path);
            taken = true;
        }
        talloc_free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return taken;
}

static enum exit_code admit(const struct arguments *arguments)
{
    enum exit_code code = check_certificate(arguments);

    if (code != EXIT_CODE_OK)
        return code;
    if (arguments->key == NULL || !certificate_is_key(arguments->key))
        return complain(EXIT_CODE_USAGE,
                        speak("PUBLICKEY is not 40 characters of Z85, as the owner's .key file has"
                              " them: it may be mistyped or cut short. One that begins with -"
                              " stands behind --"));
    if (is_taken(arguments))
        return EXIT_CODE_REFUSED;
    return tell(arguments, arguments->name,
                certificate_admit(arguments->folder, arguments->name, role_of(arguments->role),
                                  arguments->streets, arguments->key),
                ".key");
}

static bool is_there(const struct arguments *arguments, const char *path)
{
    if (access(path, F_OK) != 0)
        return false;
    print_path(arguments, path, false);
    return true;
}

/* One more key in it, or the first. */
static enum exit_code append_data_key(const struct arguments *arguments, const char *path)
{
    switch (data_keys_append(path)) {
    case STATUS_OK:
        print_path(arguments, path, true);
        return EXIT_CODE_OK;
    case STATUS_RESOURCE_EXHAUSTED:
        return complain(EXIT_CODE_REFUSED, speak("%s has %d keys; there is no room for more"), path,
                        DATA_KEYS_MAX);
    case STATUS_FAILED_PRECONDITION:
        return complain(
            EXIT_CODE_REFUSED,
            speak("%s has a line that is no key of 64 hex digits; no key behind it would"
                  " count. Mend it first"),
            path);
    default:
        return complain(EXIT_CODE_REFUSED, speak("%s cannot be written: %s"), path,
                        strerror(errno));
    }
}

static enum exit_code init(const struct arguments *arguments)
{
    enum exit_code worst = EXIT_CODE_OK;

    for (size_t i = 0; i < sizeof first_keys / sizeof *first_keys; i++) {
        const char *name = first_keys[i].name;
        char *base = mem_printf(NULL, "%s/%s", arguments->folder, name);
        const char *data_key = mem_printf(base, "%s.data_key", base);
        enum exit_code code = EXIT_CODE_OK;

        if (!is_there(arguments, mem_printf(base, "%s.key_secret", base)))
            code = make(arguments, name, first_keys[i].role, first_keys[i].streets);
        if (code == EXIT_CODE_OK && is_service(name) && !is_there(arguments, data_key))
            code = append_data_key(arguments, data_key);
        worst = code > worst ? code : worst;
        talloc_free(base);
    }
    return worst;
}

static enum exit_code renew(const struct arguments *arguments)
{
    if (arguments->name == NULL || !is_service(arguments->name))
        return complain(EXIT_CODE_USAGE, "%s", speak("keys renew needs the NAME of a service"));
    if (!is_folder(arguments->folder))
        return EXIT_CODE_USAGE;
    char *path = mem_printf(NULL, "%s/%s.data_key", arguments->folder, arguments->name);
    enum exit_code code = append_data_key(arguments, path);
    talloc_free(path);
    return code;
}

static void print_json(const struct certificate *certificate, bool has_secret)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", certificate->name, "role",
                             role_name(certificate->role), "streets", certificate->streets,
                             "publicKey", certificate->public_key, "secret", has_secret);

    output_json(line, JSON_COMPACT);
    json_decref(line);
}

/* False if the file is no certificate. */
static bool list_one(const struct arguments *arguments, const char *file, struct table *table)
{
    const char *path = mem_printf(table, "%s/%s", arguments->folder, file);
    bool has_secret = access(mem_printf(table, "%s_secret", path), F_OK) == 0;
    struct certificate certificate;
    const char *why;

    if (certificate_read(path, &certificate, &why) != STATUS_OK) {
        complain(EXIT_CODE_REFUSED, speak("%s is no certificate that can be read: %s"), path, why);
        return false;
    }
    if (arguments->common.json)
        print_json(&certificate, has_secret);
    else
        table_row(table,
                  (const char *const[]){certificate.name, role_name(certificate.role),
                                        certificate.streets, has_secret ? speak("here") : "-"});
    return true;
}

static enum exit_code list(const struct arguments *arguments)
{
    static const char *const headings[] = {SPOKEN("name"), SPOKEN("role"), SPOKEN("streets"),
                                           SPOKEN("secret"), NULL};
    struct dirent **entries;
    int count = scandir(arguments->folder, &entries, is_public, alphasort);
    bool all = true;

    if (count < 0)
        return complain(EXIT_CODE_USAGE, speak("%s is no folder that can be read"),
                        arguments->folder);
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
    size_t words; /* with the action */
    enum exit_code (*act)(const struct arguments *arguments);
} actions[] = {{"admit", 3, admit},
               {"create", 2, create},
               {"init", 1, init},
               {"list", 1, list},
               {"renew", 2, renew}};
enum { ACTIONS = sizeof actions / sizeof *actions };

static enum exit_code act(const struct arguments *arguments)
{
    const char *const words[] = {arguments->action, arguments->name, arguments->key};
    const char *names[ACTIONS + 1] = {0};

    for (size_t i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(actions[i].name, arguments->action) != 0)
            continue;
        if (actions[i].words < 3 && words[actions[i].words] != NULL)
            return complain(EXIT_CODE_USAGE, speak("\"%s\" is not expected"),
                            words[actions[i].words]);
        return actions[i].act(arguments);
    }
    char *memory = mem_text(NULL, "");
    complain(EXIT_CODE_USAGE, speak("keys can admit, create, init, list and renew, not \"%s\"%s"),
             arguments->action, usage_hint(memory, arguments->action, names));
    talloc_free(memory);
    return EXIT_CODE_USAGE;
}

static bool is_short_option(char letter)
{
    const struct argp_option *row = rows;

    while (row->name != NULL && row->key != letter)
        row++;
    return row->name != NULL;
}

/* Begins with '-', as one key in 85 does, and is no option: none of ours has so long a name. What
 * begins as a short option does, as -fDIR, is one: of a key that does only "--" tells. */
static bool is_key_like_an_option(const char *text)
{
    const char *name = text + strspn(text, "-");

    if (text[0] != '-' || strlen(text) != CURVE_TEXT)
        return false;
    return text[1] == '-' ? name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] != '='
                          : !is_short_option(text[1]);
}

static bool has_word(int argc, char **argv, const char *word)
{
    while (argc > 0 && strcmp(argv[argc - 1], word) != 0)
        argc--;
    return argc > 0;
}

/* A copy in which such a key of admit stands behind a "--", unless somebody wrote one. */
static char **shield_key(int *argc, char **argv)
{
    char **copy = mem_array(NULL, char *, (size_t)*argc + 2), *key = NULL;
    bool may_need_it = has_word(*argc, argv, "admit") && !has_word(*argc, argv, "--");
    int count = 0;

    for (int i = 0; i < *argc; i++)
        if (may_need_it && key == NULL && is_key_like_an_option(argv[i]))
            key = argv[i];
        else
            copy[count++] = argv[i];
    if (key != NULL) {
        copy[count++] = (char *)"--";
        copy[count++] = key;
    }
    *argc = count;
    return copy;
}

static enum exit_code run(const struct options *common, int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = rows,
        .parser = parse,
        .args_doc = "admit NAME PUBLICKEY\ncreate NAME\ninit\nlist\nrenew SERVICE",
        /* clang-format off */
        .doc = SPOKEN("Make and list the certificates that people and programs connect with, and"
                      " the keys of services' personal data.")
            "\v"
            SPOKEN("create makes NAME.key (public, for the brokers' clients folder) and"
                   " NAME.key_secret (for its owner only). admit makes the public one alone, of a"
                   " key whose owner keeps the secret. init makes what a fresh installation needs:"
                   " the folder, broker, operator, each service, with its data key; those that are"
                   " there stay. renew appends a data key to SERVICE.data_key, which counts within"
                   " two seconds; those before it still open what they sealed. Examples:\n"
                   "  jusha keys create staff --role STREET_STAFF --streets xiasha --folder keys\n"
                   "  jusha keys admit hall '<40 characters>' --role INTEGRATOR --streets xiasha"
                   " --folder keys"),
        /* clang-format on */
        .children = children};
    struct arguments arguments = {.common = *common, .folder = getenv("JUSHA_KEYS")};

    char **shielded = shield_key(&argc, argv);

    usage_parse(&argp, argc, shielded, 0, &arguments);
    talloc_free(shielded);
    return act(&arguments);
}

const struct command keys_command = {
    .name = "keys",
    .help = SPOKEN("make, admit and list certificates, renew data keys"),
    .run = run};
