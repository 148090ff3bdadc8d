/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoked.c - the file "revoked" of a folder of certificates
 *
 * Reading: each line by itself; one that begins with no key is logged and counts for nothing.
 * Adding: the text that is there and the new lines go into a whole new file.
 */
#include "libcommon/bus/revoked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/whole_file.h"

struct revoked {
    struct revoked_key *keys;
    char *text; /* as it stands in the file, with a newline at its end */
};

static int clear(struct revoked *revoked)
{
    HASH_CLEAR(hh, revoked->keys);
    return 0;
}

/* Name and day are for people: who wrote a line by hand may leave them out. */
static void add_line(struct revoked *revoked, const char *line, const char *path, int number)
{
    struct revoked_key read = {0};
    int words = sscanf(line, "%40s %64s %10s", read.key, read.name, read.day);

    if (words < 1)
        return;
    if (!certificate_is_key(read.key) || strcspn(line, " \n") != CURVE_TEXT) {
        log_error("revocation_unfit", "path=%s line=%d reason=\"it begins with no key\"",
                  LOG_QUOTED(path), number);
        return;
    }
    if (revoked_find(revoked, read.key))
        return;
    struct revoked_key *key = mem_copy(revoked, &read, sizeof read);

    HASH_ADD(hh, revoked->keys, key[0], CURVE_TEXT, key);
}

/* False with errno. */
static bool read_lines(struct revoked *revoked, FILE *file, const char *path)
{
    char *line = NULL;
    size_t size = 0;

    for (int number = 1; getline(&line, &size, file) != -1; number++) {
        add_line(revoked, line, path, number);
        revoked->text = mem_check(
            talloc_asprintf_append_buffer(revoked->text, "%.*s\n", (int)strcspn(line, "\n"), line));
    }
    int error = errno;

    free(line);
    errno = error;
    return !ferror(file);
}

struct revoked *revoked_read(const void *parent, const char *folder)
{
    struct revoked *revoked = mem_new(parent, struct revoked);
    const char *path = mem_printf(revoked, "%s/" REVOKED_FILE, folder);
    FILE *file = fopen(path, "re");

    talloc_set_destructor(revoked, clear);
    revoked->text = mem_text(revoked, "");
    bool read = file ? read_lines(revoked, file, path) : errno == ENOENT;
    int error = errno;

    if (file)
        fclose(file);
    if (!read)
        TALLOC_FREE(revoked);
    errno = error;
    return revoked;
}

const struct revoked_key *revoked_find(const struct revoked *revoked, const char *key)
{
    const struct revoked_key *found;

    HASH_FIND(hh, revoked->keys, key, CURVE_TEXT, found);
    return found;
}

const struct revoked_key *revoked_find_name(const struct revoked *revoked, const char *name)
{
    for (const struct revoked_key *key = revoked->keys; key; key = key->hh.next)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

bool revoked_add(const char *folder, const struct certificate *certificates, size_t count,
                 const char *day)
{
    struct revoked *revoked = revoked_read(NULL, folder);

    if (!revoked)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!revoked_find(revoked, certificates[i].public_key))
            revoked->text = mem_check(talloc_asprintf_append_buffer(revoked->text, "%s %s %s\n",
                                                                    certificates[i].public_key,
                                                                    certificates[i].name, day));
    bool written =
        whole_file_replace(mem_printf(revoked, "%s/" REVOKED_FILE, folder), revoked->text, 0644);
    int error = errno;

    talloc_free(revoked);
    errno = error;
    return written;
}
