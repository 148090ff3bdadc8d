/* SPDX-License-Identifier: Apache-2.0 */
/* known.c - the certificates of a folder, one after the other */
#include "keys/known.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "language/language.h"
#include "libcommon/base/mem.h"
#include "output.h"

static int is_public(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && dot != entry->d_name && strcmp(dot, ".key") == 0;
}

bool keys_each(const struct keys_arguments *arguments,
               bool (*each)(void *context, const char *file, const struct certificate *certificate),
               void *context)
{
    struct dirent **entries;
    int count = scandir(arguments->folder, &entries, is_public, alphasort);
    bool more = true;

    if (count < 0) {
        complain(EXIT_CODE_USAGE, speak("%s is no folder that can be read"), arguments->folder);
        return false;
    }
    for (int i = 0; i < count; i++) {
        struct certificate read;

        if (more)
            more = each(context, entries[i]->d_name,
                        keys_read(arguments, entries[i]->d_name, "", &read) ? &read : NULL);
        free(entries[i]);
    }
    free(entries);
    return true;
}

bool keys_check_public(const struct keys_arguments *arguments)
{
    if (arguments->key != NULL && certificate_is_key(arguments->key))
        return true;
    complain(EXIT_CODE_USAGE,
             speak("PUBLICKEY is not 40 characters of Z85, as the owner's .key file has"
                   " them: it may be mistyped or cut short. One that begins with -"
                   " stands behind --"));
    return false;
}

struct search {
    const struct keys_arguments *arguments;
    bool taken;
};

static bool is_another(void *context, const char *file, const struct certificate *certificate)
{
    struct search *search = context;

    if (!certificate || strcmp(certificate->public_key, search->arguments->key) != 0)
        return true;
    complain(EXIT_CODE_REFUSED, speak("%s/%s has this key already"), search->arguments->folder,
             file);
    search->taken = true;
    return false;
}

enum exit_code keys_take_public(const struct keys_arguments *arguments, struct certificate *wanted)
{
    struct search search = {.arguments = arguments};

    if (!keys_check_public(arguments))
        return EXIT_CODE_USAGE;
    if (!keys_each(arguments, is_another, &search) || search.taken)
        return EXIT_CODE_REFUSED;
    memcpy(wanted->public_key, arguments->key, sizeof wanted->public_key);
    return EXIT_CODE_OK;
}
