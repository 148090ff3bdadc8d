/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotate_broker.c - jusha keys rotate broker [--finish|--forget]: the brokers' own key
 *
 *   rotate broker             broker.next.key_secret, and its public key in broker.key beside the present one
 *   rotate broker --finish    the next key becomes the present one, in both files; the last one stays in
 *                             broker.key for some days, and its secret in broker.old.key_secret
 *   rotate broker --forget    programs forget the last key at once: it was stolen
 *
 * Programs read broker.key again by themselves; brokers are started again, one after the other, and
 * a broker of either key is found meanwhile. Killed anywhere, the same call goes on.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys/folder.h"
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "output.h"

static enum exit_code replace(const struct keys_arguments *arguments, const char *file,
                              const struct certificate *certificate)
{
    return certificate_replace(arguments->folder, file, certificate) == STATUS_OK
               ? EXIT_CODE_OK
               : keys_unwritten(file);
}

/* What is to be done now, and to whom. */
static void print_step(const struct keys_arguments *arguments, const char *step, const char *text)
{
    char *path = keys_path(NULL, arguments, "broker", ".key");
    json_t *line = json_pack("{s:s, s:s}", "path", path, "step", step);

    if (!arguments->common.json)
        keys_print_path(arguments, path, true);
    keys_print(arguments, line, text);
    talloc_free(path);
}

/* ---- the next key ---- */

static bool last_counts(const struct certificate *present)
{
    char today[CERTIFICATE_DAY + 1];

    keys_day(0, today);
    return present->last_key[0] && strcmp(present->last_until, today) >= 0;
}

static enum exit_code read_next(const struct keys_arguments *arguments,
                                const struct certificate *present, struct certificate *ret)
{
    struct certificate begun;

    *ret = *present;
    if (!keys_has(arguments, "broker", ".next.key_secret")) {
        certificate_new_pair(ret);
        return replace(arguments, "broker.next.key_secret", ret);
    }
    if (!keys_read(arguments, "broker", ".next.key_secret", &begun))
        return EXIT_CODE_REFUSED;
    memcpy(ret->public_key, begun.public_key, sizeof ret->public_key);
    memcpy(ret->secret_key, begun.secret_key, sizeof ret->secret_key);
    explicit_bzero(&begun, sizeof begun);
    return EXIT_CODE_OK;
}

static enum exit_code announce(const struct keys_arguments *arguments, struct certificate *present)
{
    struct certificate next;

    if (present->next_key[0])
        return complain(EXIT_CODE_REFUSED, "%s",
                        speak("the brokers' next key is made already; --finish makes it theirs"));
    if (last_counts(present))
        return complain(EXIT_CODE_REFUSED,
                        speak("the brokers' last key still counts until %s; when no broker has it"
                              " any more, --forget ends it"),
                        present->last_until);
    enum exit_code code = read_next(arguments, present, &next);

    explicit_bzero(next.secret_key, sizeof next.secret_key);
    if (code != EXIT_CODE_OK)
        return code;
    memcpy(present->next_key, next.public_key, sizeof present->next_key);
    present->last_key[0] = present->last_until[0] = '\0'; /* two keys at most */
    code = replace(arguments, "broker.key", present);
    if (code != EXIT_CODE_OK)
        return code;
    print_step(arguments, "ANNOUNCED",
               speak("Give this file to every program that has one; when all have it: rotate"
                     " broker --finish."));
    return keys_audit(arguments, "announced", &next);
}

/* ---- it becomes theirs ---- */

static enum exit_code swap(const struct keys_arguments *arguments, struct certificate *present)
{
    memcpy(present->last_key, present->public_key, sizeof present->last_key);
    memcpy(present->public_key, present->next_key, sizeof present->public_key);
    present->next_key[0] = '\0';
    keys_day(arguments->keep_days, present->last_until);
    return replace(arguments, "broker.key", present);
}

/* Brokers that run keep what they have read. */
static enum exit_code move_secrets(const struct keys_arguments *arguments)
{
    char *present = keys_path(NULL, arguments, "broker", ".key_secret");
    const char *next = keys_path(present, arguments, "broker", ".next.key_secret");
    const char *old = keys_path(present, arguments, "broker", ".old.key_secret");
    enum exit_code code = EXIT_CODE_OK;

    if ((unlink(old) == -1 && errno != ENOENT) || link(present, old) == -1)
        code = keys_unwritten(old);
    else if (rename(next, present) == -1)
        code = keys_unwritten(present);
    talloc_free(present);
    return code;
}

static enum exit_code put_in_use(const struct keys_arguments *arguments,
                                 struct certificate *present)
{
    struct certificate next;

    if (!keys_read(arguments, "broker", ".next.key_secret", &next))
        return EXIT_CODE_REFUSED;
    explicit_bzero(next.secret_key, sizeof next.secret_key);
    enum exit_code code = EXIT_CODE_OK;
    if (strcmp(present->public_key, next.public_key) != 0) /* else an earlier call came so far */
        code = swap(arguments, present);
    if (code == EXIT_CODE_OK)
        code = move_secrets(arguments);
    if (code != EXIT_CODE_OK)
        return code;
    print_step(arguments, "FINISHED",
               speak("Give this file to every program, and broker.key_secret to the brokers; then"
                     " start them again one after the other."));
    return keys_audit(arguments, "rotated", present);
}

static enum exit_code forget(const struct keys_arguments *arguments, struct certificate *present)
{
    if (!present->last_key[0])
        return complain(EXIT_CODE_REFUSED, "%s", speak("the brokers have no last key"));
    char *old = keys_path(NULL, arguments, "broker", ".old.key_secret");
    struct certificate last = *present;

    memcpy(last.public_key, present->last_key, sizeof last.public_key);
    memcpy(last.until, present->last_until, sizeof last.until);
    present->last_key[0] = present->last_until[0] = '\0';
    enum exit_code code = replace(arguments, "broker.key", present);

    if (code == EXIT_CODE_OK && unlink(old) == -1 && errno != ENOENT)
        code = keys_unwritten(old);
    talloc_free(old);
    if (code != EXIT_CODE_OK)
        return code;
    print_step(arguments, "FORGOTTEN",
               speak("Programs that have this file take no broker with the last key any more."));
    return keys_audit(arguments, "forgotten", &last);
}

static enum exit_code finish(const struct keys_arguments *arguments, struct certificate *present)
{
    bool is_made = keys_has(arguments, "broker", ".next.key_secret");

    if (is_made && (present->next_key[0] || present->last_key[0]))
        return put_in_use(arguments, present);
    return complain(EXIT_CODE_REFUSED, "%s",
                    speak("the brokers have no next key; rotate broker makes it"));
}

enum exit_code keys_rotate_broker(const struct keys_arguments *arguments)
{
    struct certificate present;

    if (arguments->key || *arguments->until || (arguments->finish && arguments->forget))
        return complain(EXIT_CODE_USAGE, "%s",
                        speak("rotate broker takes --keep, --finish and --forget only"));
    if (!keys_read(arguments, "broker", ".key", &present))
        return EXIT_CODE_REFUSED;
    if (arguments->forget)
        return forget(arguments, &present);
    return arguments->finish ? finish(arguments, &present) : announce(arguments, &present);
}
