/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke.c - jusha keys revoke NAME [PUBLICKEY]: never again
 *
 * First all public keys of that name go into the folder's "revoked", by which brokers go whatever
 * files there are; then the files go. Killed in between, it is called again.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys/known.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"
#include "output.h"

/* What may be there of a name: its own, and what a rotation keeps or has begun with. */
static const char *const suffixes[] = {".key", ".old.key", ".key_secret", ".old.key_secret",
                                       ".next.key_secret"};
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes, KEYS_MAX = SUFFIXES + 1 };

struct found {
    struct certificate keys[KEYS_MAX];
    size_t count;
};

static void add_key(struct found *found, const struct certificate *certificate, const char *name)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->keys[i].public_key, certificate->public_key) == 0)
            return;
    struct certificate *key = &found->keys[found->count++];

    *key = *certificate;
    explicit_bzero(key->secret_key, sizeof key->secret_key);
    snprintf(key->name, sizeof key->name, "%s", name); /* an owner's file may lack it */
}

/* "anna.old.key" may be of somebody who is called anna.old. */
static bool is_of(const struct certificate *certificate, const char *name)
{
    return certificate->name[0] == '\0' || strcmp(certificate->name, name) == 0;
}

static enum exit_code gather(const struct keys_arguments *arguments, struct found *ret)
{
    struct certificate read;

    *ret = (struct found){0};
    for (size_t i = 0; i < SUFFIXES; i++) {
        if (!keys_has(arguments, arguments->name, suffixes[i]))
            continue;
        if (!keys_read(arguments, arguments->name, suffixes[i], &read))
            return EXIT_CODE_REFUSED;
        if (is_of(&read, arguments->name))
            add_key(ret, &read, arguments->name);
    }
    explicit_bzero(&read, sizeof read);
    if (arguments->key) {
        read = (struct certificate){0};
        snprintf(read.public_key, sizeof read.public_key, "%s", arguments->key);
        add_key(ret, &read, arguments->name);
    }
    if (ret->count == 0)
        return complain(EXIT_CODE_REFUSED,
                        speak("%s has no key in %s; one that is elsewhere is"
                              " revoked by its PUBLICKEY"),
                        arguments->name, arguments->folder);
    return EXIT_CODE_OK;
}

/* ---- who may not go so easily ---- */

struct search {
    const char *name;
    bool found; /* another operator */
};

static bool is_other_operator(void *context, const char *file,
                              const struct certificate *certificate)
{
    struct search *search = context;

    (void)file;
    if (certificate && certificate->role == BUS__ROLE__ROLE_OPERATOR)
        search->found |= strcmp(certificate->name, search->name) != 0;
    return !search->found;
}

static enum exit_code check_last(const struct keys_arguments *arguments, const struct found *found)
{
    struct search search = {.name = arguments->name};

    if (strcmp(arguments->name, "broker") == 0)
        return complain(EXIT_CODE_REFUSED, "%s",
                        speak("brokers are known by broker.key and not by this folder: replace"
                              " their key by keys rotate broker"));
    if (arguments->force)
        return EXIT_CODE_OK;
    if (keys_is_service(arguments->name))
        return complain(EXIT_CODE_REFUSED,
                        speak("without its key the service %s ends for every street; --force"
                              " revokes it all the same"),
                        arguments->name);
    if (found->keys[0].role != BUS__ROLE__ROLE_OPERATOR)
        return EXIT_CODE_OK;
    if (!keys_each(arguments, is_other_operator, &search))
        return EXIT_CODE_REFUSED;
    return search.found ? EXIT_CODE_OK
                        : complain(EXIT_CODE_REFUSED,
                                   speak("%s is the only OPERATOR here: create another one first,"
                                         " or revoke it with --force"),
                                   arguments->name);
}

/* ---- done ---- */

static bool remove_files(const struct keys_arguments *arguments)
{
    struct certificate read;
    bool done = true;

    for (size_t i = 0; i < SUFFIXES; i++) {
        char *path = keys_path(NULL, arguments, arguments->name, suffixes[i]);
        const char *why;

        if (certificate_read(path, &read, &why) == STATUS_OK && is_of(&read, arguments->name) &&
            unlink(path) == -1 && errno != ENOENT) {
            keys_unwritten(path);
            done = false;
        }
        talloc_free(path);
    }
    explicit_bzero(&read, sizeof read);
    return done;
}

static void print_revoked(const struct keys_arguments *arguments, const struct certificate *key)
{
    json_t *line = json_pack("{s:s, s:s, s:b}", "name", key->name, "publicKey", key->public_key,
                             "revoked", true);

    char *text = mem_printf(NULL, speak("%s is revoked: %s"), key->name, key->public_key);

    keys_print(arguments, line, text);
    talloc_free(text);
}

static enum exit_code note(const struct keys_arguments *arguments, const struct found *found)
{
    enum exit_code code = EXIT_CODE_OK;

    for (size_t i = 0; i < found->count; i++) {
        print_revoked(arguments, &found->keys[i]);
        if (code == EXIT_CODE_OK)
            code = keys_audit(arguments, "revoked", &found->keys[i]);
    }
    return code;
}

enum exit_code keys_revoke(const struct keys_arguments *arguments)
{
    char today[CERTIFICATE_DAY + 1];
    struct found found;

    if (arguments->key && !keys_check_public(arguments))
        return EXIT_CODE_USAGE;
    enum exit_code code = keys_open(arguments);
    if (code == EXIT_CODE_OK)
        code = gather(arguments, &found);
    if (code == EXIT_CODE_OK)
        code = check_last(arguments, &found);
    if (code != EXIT_CODE_OK)
        return code;
    keys_day(0, today);
    if (!revoked_add(arguments->folder, found.keys, found.count, today))
        return complain(EXIT_CODE_REFUSED, speak("%s/revoked cannot be written: %s"),
                        arguments->folder, strerror(errno));
    code = note(arguments, &found);
    if (!remove_files(arguments))
        return EXIT_CODE_REFUSED;
    return code;
}
