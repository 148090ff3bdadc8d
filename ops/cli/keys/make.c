/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make.c - jusha keys admit|create|init: certificates that were not there
 *
 * Nobody's key is overwritten, and who was revoked comes back only when that is asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/folder.h"
#include "keys/known.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"
#include "output.h"
#include "services/service_names.h"

/* ---- what was asked ---- */

/* anna.old.key is the former key of anna. */
static bool is_reserved(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".old") == 0 || strcmp(dot, ".next") == 0);
}

static enum exit_code describe(const struct keys_arguments *arguments, struct certificate *ret)
{
    if (arguments->name == NULL || arguments->role == NULL || arguments->streets == NULL)
        return complain(EXIT_CODE_USAGE, speak("keys %s needs NAME, --role and --streets"),
                        arguments->action);
    if (role_of(arguments->role) == BUS__ROLE__ROLE_WORKER &&
        (keys_is_service(arguments->name) || strcmp(arguments->name, "broker") == 0))
        return complain(EXIT_CODE_USAGE,
                        speak("%s is a service of Jusha; a foreign worker needs another name"),
                        arguments->name);
    if (is_reserved(arguments->name))
        return complain(
            EXIT_CODE_USAGE, "%s",
            speak("a name that ends in .old or .next would be taken for a rotated key"));
    if (!certificate_describe(ret, arguments->name, role_of(arguments->role), arguments->streets,
                              arguments->until))
        return complain(EXIT_CODE_USAGE, "%s",
                        speak("a name is 1-64 of a-z, 0-9, '.', '_' and '-'; streets are slugs"
                              " separated by one space, or *"));
    return keys_open(arguments);
}

/* ---- what the folder says against it ---- */

static enum exit_code check_revoked(const struct keys_arguments *arguments,
                                    const struct revoked *revoked, const struct certificate *wanted)
{
    const struct revoked_key *key = revoked_find(revoked, wanted->public_key),
                             *name = revoked_find_name(revoked, wanted->name);

    if (key)
        return complain(EXIT_CODE_REFUSED,
                        speak("this key was revoked on %s; its owner has to make"
                              " another one"),
                        key->day);
    if (name && !arguments->again)
        return complain(EXIT_CODE_REFUSED,
                        speak("%s was revoked on %s; --again gives that name a new key"),
                        name->name, name->day);
    return EXIT_CODE_OK;
}

/* NULL after a line on stderr. */
static struct revoked *read_revoked(const struct keys_arguments *arguments)
{
    struct revoked *revoked = revoked_read(NULL, arguments->folder);

    if (!revoked)
        complain(EXIT_CODE_REFUSED, speak("%s/revoked cannot be read: %s"), arguments->folder,
                 strerror(errno));
    return revoked;
}

static enum exit_code may_be_made(const struct keys_arguments *arguments,
                                  const struct certificate *wanted)
{
    struct revoked *revoked = read_revoked(arguments);
    enum exit_code code = revoked ? check_revoked(arguments, revoked, wanted) : EXIT_CODE_REFUSED;

    talloc_free(revoked);
    return code;
}

/* ---- create, admit ---- */

static enum exit_code make(const struct keys_arguments *arguments, struct certificate *wanted)
{
    certificate_new_pair(wanted);
    enum exit_code code = keys_tell(arguments, wanted->name,
                                    certificate_write(arguments->folder, wanted), ".key_secret");

    explicit_bzero(wanted->secret_key, sizeof wanted->secret_key);
    return code == EXIT_CODE_OK ? keys_audit(arguments, "created", wanted) : code;
}

enum exit_code keys_create(const struct keys_arguments *arguments)
{
    struct certificate wanted;
    enum exit_code code = describe(arguments, &wanted);

    if (code == EXIT_CODE_OK)
        code = may_be_made(arguments, &wanted);
    return code == EXIT_CODE_OK ? make(arguments, &wanted) : code;
}

enum exit_code keys_admit(const struct keys_arguments *arguments)
{
    struct certificate wanted;
    enum exit_code code = describe(arguments, &wanted);

    if (code != EXIT_CODE_OK)
        return code;
    code = keys_take_public(arguments, &wanted);
    if (code == EXIT_CODE_OK)
        code = may_be_made(arguments, &wanted);
    if (code == EXIT_CODE_OK)
        code = keys_tell(arguments, wanted.name, certificate_admit(arguments->folder, &wanted),
                         ".key");
    return code == EXIT_CODE_OK ? keys_audit(arguments, "admitted", &wanted) : code;
}

/* ---- init ---- */

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
enum { FIRST_KEYS = sizeof first_keys / sizeof *first_keys };

static bool is_there(const struct keys_arguments *arguments, const char *name, const char *suffix)
{
    if (!keys_has(arguments, name, suffix))
        return false;
    char *path = keys_path(NULL, arguments, name, suffix);

    keys_print_path(arguments, path, false);
    talloc_free(path);
    return true;
}

static enum exit_code make_first(const struct keys_arguments *arguments, size_t i,
                                 const struct revoked *revoked)
{
    const char *name = first_keys[i].name;
    const struct revoked_key *gone = revoked_find_name(revoked, name);
    struct certificate wanted;

    if (is_there(arguments, name, ".key_secret"))
        return EXIT_CODE_OK;
    if (gone && !arguments->again) {
        complain(EXIT_CODE_OK,
                 speak("%s was revoked on %s and is not made again; --again gives"
                       " that name a new key"),
                 name, gone->day);
        return EXIT_CODE_OK;
    }
    if (!certificate_describe(&wanted, name, first_keys[i].role, first_keys[i].streets, ""))
        abort(); /* the table is ours */
    return make(arguments, &wanted);
}

enum exit_code keys_init(const struct keys_arguments *arguments)
{
    enum exit_code worst = EXIT_CODE_OK;

    if (mkdir(arguments->folder, 0700) == -1 && errno != EEXIST)
        return keys_unwritten(arguments->folder);
    if (!keys_lock(arguments))
        return EXIT_CODE_REFUSED;
    struct revoked *revoked = read_revoked(arguments);

    for (size_t i = 0; revoked && i < FIRST_KEYS; i++) {
        const char *name = first_keys[i].name;
        enum exit_code code = make_first(arguments, i, revoked);

        if (code == EXIT_CODE_OK && keys_is_service(name) &&
            !is_there(arguments, name, ".data_key"))
            code = keys_append_data(arguments, name);
        worst = code > worst ? code : worst;
    }
    enum exit_code code = revoked ? worst : EXIT_CODE_REFUSED;

    talloc_free(revoked);
    return code;
}
