/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c - jusha keys ACTION: certificates and data keys of a folder
 *
 * What was asked; each action is a function of keys/. Brokers honour every <name>.key of their
 * clients' folder at once; <name>.key_secret is for its owner, who may make it elsewhere and have
 * the public one admitted. NAME.data_key has the keys of a service's personal data (data_keys.h).
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "keys/folder.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/types.h"
#include "output.h"
#include "usage.h"

enum { KEEP_DAYS = 7, KEEP_DAYS_MAX = 90 };
enum option_key {
    KEY_FOLDER = 'f',
    KEY_ROLE = 'r',
    KEY_STREETS = 's',
    KEY_UNTIL = 0x200, /* beyond those of options.c: these have no short form */
    KEY_KEEP,
    KEY_AGAIN,
    KEY_FORCE,
    KEY_FINISH,
    KEY_FORGET,
};

static const struct argp_option rows[] = {
    {"folder", KEY_FOLDER, SPOKEN("DIR"), 0, SPOKEN("Where the certificates are (JUSHA_KEYS)"), 0},
    {"role", KEY_ROLE, SPOKEN("ROLE"), 0,
     SPOKEN(
         "admit, create: OPERATOR, SERVICE, GATEWAY, STREET_STAFF, COMMUNITY_STAFF, UNIT_CONTACT,"
         " VOLUNTEER, SHOP, INTEGRATOR or WORKER"),
     0},
    {"streets", KEY_STREETS, "SLUGS", 0,
     SPOKEN("admit, create: streets that it may ask for, separated by a space, or *"), 0},
    {"until", KEY_UNTIL, SPOKEN("DATE"), 0,
     SPOKEN("admit, create, rotate: last day, YYYY-MM-DD in UTC, on which it counts"), 0},
    {"keep", KEY_KEEP, SPOKEN("DAYS"), 0,
     SPOKEN("rotate: days that the former key still counts, 1-90, default 7"), 0},
    {"again", KEY_AGAIN, 0, 0, SPOKEN("create, init: a new key for a name that was revoked"), 0},
    {"force", KEY_FORCE, 0, 0, SPOKEN("revoke: a service, or the only operator, all the same"), 0},
    {"finish", KEY_FINISH, 0, 0,
     SPOKEN("rotate broker: the key that was made ahead becomes the brokers'"), 0},
    {"forget", KEY_FORGET, 0, 0, SPOKEN("rotate broker: the last key counts no more"), 0},
    {0},
};

_Noreturn static void refuse_role(const struct argp_state *state, const char *role)
{
    const char *names[BUS__ROLE__VALUES] = {0};

    for (int i = 1; i < BUS__ROLE__VALUES; i++)
        names[i - 1] = types_enum_name(&bus__role__descriptor, i);
    usage_error(state, speak("\"%s\" is no role%s"), role, usage_hint(NULL, role, names));
}

static void take_until(struct keys_arguments *arguments, const char *value,
                       const struct argp_state *state)
{
    char today[CERTIFICATE_DAY + 1];

    keys_day(0, today);
    if (!text_is_date(value))
        usage_error(state, speak("--until: \"%s\" is no day YYYY-MM-DD"), value);
    if (strcmp(value, today) < 0)
        usage_error(state, speak("--until: %s is over"), value);
    arguments->until = value;
}

/* ARGP_ERR_UNKNOWN: it is none of the options. */
static error_t parse_option(int key, char *value, const struct argp_state *state)
{
    struct keys_arguments *arguments = state->input;

    switch (key) {
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
    case KEY_UNTIL:
        take_until(arguments, value, state);
        return 0;
    case KEY_KEEP:
        if (!options_read_number(value, 1, KEEP_DAYS_MAX, &arguments->keep_days))
            usage_error(state, "%s", speak("--keep must be 1-90 days"));
        return 0;
    case KEY_AGAIN:
        arguments->again = true;
        return 0;
    case KEY_FORCE:
        arguments->force = true;
        return 0;
    case KEY_FINISH:
        arguments->finish = true;
        return 0;
    case KEY_FORGET:
        arguments->forget = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct keys_arguments *arguments = state->input;
    const char **const places[] = {&arguments->action, &arguments->name, &arguments->key};

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->common;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= sizeof places / sizeof *places)
            usage_error(state, speak("\"%s\" is not expected"), value);
        *places[state->arg_num] = value;
        return 0;
    case ARGP_KEY_END:
        if (arguments->action == NULL)
            usage_error(state, "%s",
                        speak("admit, create, init, list, renew, revoke or rotate is missing"));
        if (arguments->folder == NULL || *arguments->folder == '\0')
            usage_error(state, "%s", speak("--folder is missing"));
        return 0;
    default:
        return parse_option(key, value, state);
    }
}

/* Which options an action takes besides --folder. */
enum use {
    USE_RIGHTS = 1,
    USE_UNTIL = 2,
    USE_KEEP = 4,
    USE_AGAIN = 8,
    USE_FORCE = 16,
    USE_FINISH = 32
};

static const struct {
    const char *name;
    size_t words; /* with the action */
    unsigned uses;
    keys_action *act;
} actions[] = {{"admit", 3, USE_RIGHTS | USE_UNTIL | USE_AGAIN, keys_admit},
               {"create", 2, USE_RIGHTS | USE_UNTIL | USE_AGAIN, keys_create},
               {"init", 1, USE_AGAIN, keys_init},
               {"list", 1, 0, keys_list},
               {"renew", 2, 0, keys_renew},
               {"revoke", 3, USE_FORCE, keys_revoke},
               {"rotate", 3, USE_UNTIL | USE_KEEP | USE_FINISH, keys_rotate}};
enum { ACTIONS = sizeof actions / sizeof *actions };

/* NULL, or an option that means nothing to this action. */
static const char *unused(const struct keys_arguments *arguments, unsigned uses)
{
    const struct {
        bool given;
        unsigned use;
        const char *name;
    } options[] = {
        {arguments->role || arguments->streets, USE_RIGHTS, "--role, --streets"},
        {*arguments->until != '\0', USE_UNTIL, "--until"},
        {arguments->keep_days != 0, USE_KEEP, "--keep"},
        {arguments->again, USE_AGAIN, "--again"},
        {arguments->force, USE_FORCE, "--force"},
        {arguments->finish || arguments->forget, USE_FINISH, "--finish, --forget"},
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !(uses & options[i].use))
            return options[i].name;
    return NULL;
}

static enum exit_code act(struct keys_arguments *arguments)
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
        const char *stray = unused(arguments, actions[i].uses);

        if (stray)
            return complain(EXIT_CODE_USAGE, speak("keys %s does not take %s"), actions[i].name,
                            stray);
        if (arguments->keep_days == 0)
            arguments->keep_days = KEEP_DAYS;
        return actions[i].act(arguments);
    }
    char *memory = mem_text(NULL, "");
    complain(EXIT_CODE_USAGE,
             speak("keys can admit, create, init, list, renew, revoke and rotate, not \"%s\"%s"),
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

static bool may_name_a_key(int argc, char **argv)
{
    return has_word(argc, argv, "admit") || has_word(argc, argv, "rotate") ||
           has_word(argc, argv, "revoke");
}

/* A copy in which such a key stands behind a "--", unless somebody wrote one. */
static char **shield_key(int *argc, char **argv)
{
    char **copy = mem_array(NULL, char *, (size_t)*argc + 2), *key = NULL;
    bool may_need_it = may_name_a_key(*argc, argv) && !has_word(*argc, argv, "--");
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
        .args_doc = "admit NAME PUBLICKEY\ncreate NAME\ninit\nlist\nrenew SERVICE\n"
                    "revoke NAME [PUBLICKEY]\nrotate NAME [PUBLICKEY]",
        /* clang-format off */
        .doc = SPOKEN("Make, list, rotate and revoke the certificates that people and programs connect with, and"
                      " the keys of services' personal data.")
            "\v"
            SPOKEN("create makes NAME.key (public, for the brokers' clients folder) and"
                   " NAME.key_secret (for its owner only). admit makes the public one alone, of a"
                   " key whose owner keeps the secret. init makes what a fresh installation needs:"
                   " the folder, broker, operator, each service, with its data key; those that are"
                   " there stay. renew appends a data key to SERVICE.data_key, which counts within"
                   " two seconds; those before it still open what they sealed. rotate gives NAME"
                   " another key; the one before counts for some days more. rotate broker makes"
                   " the brokers' next key ahead, with --finish it becomes theirs. revoke ends all keys"
                   " of NAME, and no copy of their files brings them back. Every change is a line"
                   " of audit.log in the folder. Examples:\n"
                   "  jusha keys create staff --role STREET_STAFF --streets xiasha --folder keys\n"
                   "  jusha keys rotate staff --keep 14 --until 2027-12-31 --folder keys\n"
                   "  jusha keys admit hall '<40 characters>' --role INTEGRATOR --streets xiasha"
                   " --folder keys"),
        /* clang-format on */
        .children = children};
    struct keys_arguments arguments = {
        .common = *common, .folder = getenv("JUSHA_KEYS"), .until = ""};

    char **shielded = shield_key(&argc, argv);

    usage_parse(&argp, argc, shielded, 0, &arguments);
    talloc_free(shielded);
    return act(&arguments);
}

const struct command keys_command = {
    .name = "keys",
    .help = SPOKEN("make, list, rotate and revoke certificates, renew data keys"),
    .run = run};
