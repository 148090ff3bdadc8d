/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotate.c - jusha keys rotate NAME [PUBLICKEY]: a new key, and the former one for some days
 *
 *   NAME.next.key_secret   the new pair, before anybody knows it
 *   NAME.old.key_secret    the former secret, for its owner
 *   NAME.old.key           the former public key, with its last day
 *   NAME.key               the new public key
 *   NAME.key_secret        the new pair, moved there
 *
 * Each file is whole at any time, and each step finds what an earlier call has done: killed
 * anywhere, it is called again and goes on with the same new pair. At no time brokers know neither
 * key, and no secret is in use that they do not know.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys/known.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"
#include "output.h"

struct rotation {
    const struct keys_arguments *arguments;
    struct certificate present, next, former;
};

static enum exit_code replace(const struct keys_arguments *arguments, const char *suffix,
                              const struct certificate *certificate)
{
    char *file = mem_printf(NULL, "%s%s", arguments->name, suffix);
    enum exit_code code = EXIT_CODE_OK;

    if (certificate_replace(arguments->folder, file, certificate) != STATUS_OK)
        code = keys_unwritten(file);
    talloc_free(file);
    return code;
}

/* from NULL: the file goes. None there is no error. */
static enum exit_code move(const struct keys_arguments *arguments, const char *from, const char *to)
{
    char *target = keys_path(NULL, arguments, arguments->name, to);
    char *source = from ? keys_path(target, arguments, arguments->name, from) : NULL;
    enum exit_code code = EXIT_CODE_OK;

    if ((source ? rename(source, target) : unlink(target)) == -1 && errno != ENOENT)
        code = keys_unwritten(target);
    talloc_free(target);
    return code;
}

/* ---- may it be rotated? ---- */

static enum exit_code read_present(struct rotation *rotation)
{
    if (!keys_read(rotation->arguments, rotation->arguments->name, ".key", &rotation->present))
        return EXIT_CODE_REFUSED;
    if (strcmp(rotation->present.name, rotation->arguments->name) != 0)
        return complain(EXIT_CODE_REFUSED, speak("%s.key is the certificate of %s"),
                        rotation->arguments->name, rotation->present.name);
    rotation->next = rotation->present;
    return EXIT_CODE_OK;
}

/* The former key of the last rotation must have gone. */
static enum exit_code check_former(struct rotation *rotation)
{
    const char *name = rotation->arguments->name;
    struct certificate former;

    if (!keys_has(rotation->arguments, name, ".old.key"))
        return EXIT_CODE_OK;
    if (!keys_read(rotation->arguments, name, ".old.key", &former))
        return EXIT_CODE_REFUSED;
    if (strcmp(former.name, name) != 0)
        return complain(EXIT_CODE_REFUSED, speak("%s.old.key is the certificate of %s"), name,
                        former.name);
    if (certificate_days_left(&former, clock_unix_us()) < 0 ||
        strcmp(former.public_key, rotation->present.public_key) == 0 ||
        keys_has(rotation->arguments, name, ".next.key_secret")) /* one that was interrupted */
        return EXIT_CODE_OK;
    return complain(EXIT_CODE_REFUSED,
                    speak("%s was rotated lately, and the key before still counts until %s; a"
                          " certificate has two keys at most"),
                    name, former.until);
}

static enum exit_code check_revoked(struct rotation *rotation)
{
    const char *const keys[] = {rotation->present.public_key, rotation->arguments->key};
    struct revoked *revoked = revoked_read(NULL, rotation->arguments->folder);
    enum exit_code code = EXIT_CODE_OK;

    if (!revoked)
        return complain(EXIT_CODE_REFUSED, speak("%s/revoked cannot be read: %s"),
                        rotation->arguments->folder, strerror(errno));
    for (size_t i = 0; i < 2 && keys[i] && code == EXIT_CODE_OK; i++) {
        const struct revoked_key *found =
            certificate_is_key(keys[i]) ? revoked_find(revoked, keys[i]) : NULL;

        if (found)
            code = complain(EXIT_CODE_REFUSED,
                            speak("this key was revoked on %s; its owner has to make another one"),
                            found->day);
    }
    talloc_free(revoked);
    return code;
}

static enum exit_code choose_end(struct rotation *rotation)
{
    const char *until = rotation->arguments->until;

    if (*until)
        snprintf(rotation->next.until, sizeof rotation->next.until, "%s", until);
    if (certificate_days_left(&rotation->next, clock_unix_us()) >= 0)
        return EXIT_CODE_OK;
    return complain(EXIT_CODE_REFUSED,
                    speak("%s expired on %s; --until gives the new key another"
                          " last day"),
                    rotation->next.name, rotation->next.until);
}

/* ---- the new key ---- */

static enum exit_code prepare(struct rotation *rotation)
{
    const struct keys_arguments *arguments = rotation->arguments;
    struct certificate *next = &rotation->next;

    if (arguments->key)
        return keys_take_public(arguments, next);
    if (keys_has(arguments, arguments->name, ".next.key_secret")) {
        struct certificate begun;

        if (!keys_read(arguments, arguments->name, ".next.key_secret", &begun))
            return EXIT_CODE_REFUSED;
        memcpy(next->public_key, begun.public_key, sizeof next->public_key);
        memcpy(next->secret_key, begun.secret_key, sizeof next->secret_key);
        explicit_bzero(&begun, sizeof begun);
        return EXIT_CODE_OK;
    }
    certificate_new_pair(next);
    return replace(arguments, ".next.key_secret", next);
}

/* ---- the former one ---- */

/* Earlier, if it was to end earlier. */
static void end_former(struct rotation *rotation)
{
    char last[CERTIFICATE_DAY + 1];

    rotation->former = rotation->present;
    keys_day(rotation->arguments->keep_days, last);
    if (rotation->present.until[0] == '\0' || strcmp(last, rotation->present.until) < 0)
        memcpy(rotation->former.until, last, sizeof last);
}

/* A second name for the file that is there, so that it is nowhere missing. */
static enum exit_code keep_secret(struct rotation *rotation)
{
    const struct keys_arguments *arguments = rotation->arguments;
    char *from = keys_path(NULL, arguments, arguments->name, ".key_secret");
    char *to = keys_path(from, arguments, arguments->name, ".old.key_secret");
    enum exit_code code = move(arguments, NULL, ".old.key_secret");

    if (code == EXIT_CODE_OK && link(from, to) == -1 && errno != ENOENT)
        code = keys_unwritten(to);
    talloc_free(from);
    return code;
}

static enum exit_code put_in_place(struct rotation *rotation)
{
    struct certificate public = rotation->next;

    explicit_bzero(public.secret_key, sizeof public.secret_key);
    return replace(rotation->arguments, ".key", &public);
}

static enum exit_code change_keys(struct rotation *rotation)
{
    enum exit_code code = keep_secret(rotation);

    end_former(rotation);
    if (code == EXIT_CODE_OK)
        code = replace(rotation->arguments, ".old.key", &rotation->former);
    return code == EXIT_CODE_OK ? put_in_place(rotation) : code;
}

/* ---- */

static void print_rotation(const struct rotation *rotation)
{
    const char *suffix = rotation->arguments->key ? ".key" : ".key_secret";
    char *path = keys_path(NULL, rotation->arguments, rotation->arguments->name, suffix);
    json_t *line = json_pack("{s:s, s:b, s:s}", "path", path, "made", true, "formerUntil",
                             rotation->former.until);

    if (!rotation->arguments->common.json)
        keys_print_path(rotation->arguments, path, true);
    keys_print(rotation->arguments, line,
               mem_printf(path, speak("The former key counts until %s."), rotation->former.until));
    talloc_free(path);
}

static enum exit_code rotate(struct rotation *rotation)
{
    bool changed = strcmp(rotation->present.public_key, rotation->next.public_key) == 0;
    enum exit_code code = EXIT_CODE_OK;

    if (!changed) /* else an earlier call has come so far */
        code = change_keys(rotation);
    else if (!keys_read(rotation->arguments, rotation->arguments->name, ".old.key",
                        &rotation->former))
        code = EXIT_CODE_REFUSED;
    if (code == EXIT_CODE_OK)
        code = move(rotation->arguments, rotation->arguments->key ? NULL : ".next.key_secret",
                    ".key_secret");
    if (code != EXIT_CODE_OK)
        return code;
    print_rotation(rotation);
    code = keys_audit(rotation->arguments, "rotated", &rotation->next);
    return code == EXIT_CODE_OK ? keys_audit(rotation->arguments, "former", &rotation->former)
                                : code;
}

enum exit_code keys_rotate(const struct keys_arguments *arguments)
{
    static enum exit_code (*const steps[])(struct rotation *) = {
        read_present, check_former, choose_end, check_revoked, prepare, rotate};
    struct rotation rotation = {.arguments = arguments};
    enum exit_code code = keys_open(arguments);

    if (code == EXIT_CODE_OK && strcmp(arguments->name, "broker") == 0)
        return keys_rotate_broker(arguments);
    if (code == EXIT_CODE_OK && (arguments->finish || arguments->forget))
        return complain(EXIT_CODE_USAGE, "%s", speak("--finish and --forget are for broker only"));
    for (size_t i = 0; code == EXIT_CODE_OK && i < sizeof steps / sizeof *steps; i++)
        code = steps[i](&rotation);
    explicit_bzero(&rotation, sizeof rotation);
    return code;
}
