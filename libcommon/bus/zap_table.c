/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap_table.c - a folder of *.key files -> certificates by key
 *
 * Each reading makes a fresh table. What stat says of all files is summed into a fingerprint, so
 * that a folder in which nothing changed is not read again.
 */
#include "libcommon/bus/zap_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <uthash.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum { SETTLED_NS = 1000000000 };

struct known_key {
    struct certificate certificate; /* its secret_key is empty */
    bool doubled;                   /* two files with this key: neither counts */
    UT_hash_handle hh;              /* by public_key */
};

struct zap_table {
    struct known_key *entries;
    uint64_t fingerprint; /* of names, inodes, times and sizes; 0: read again in any case */
};

static bool is_certificate_file(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".key") == 0;
}

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    for (const uint8_t *at = data, *end = at + size; at < end; at++)
        hash = (hash ^ *at) * 0x100000001b3u; /* FNV-1a */
    return hash;
}

/* Summed over files, so that readdir's order does not matter. A file that changed within the last
 * second may change again without a visible trace: then the fingerprint is 0. */
static uint64_t fingerprint(DIR *folder)
{
    uint64_t sum = 1;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (struct dirent *file; (file = readdir(folder));) {
        struct stat st;

        if (!is_certificate_file(file->d_name) || fstatat(dirfd(folder), file->d_name, &st, 0) != 0)
            continue;
        int64_t age_ns = (int64_t)(now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec -
                         st.st_ctim.tv_nsec;
        uint64_t hash = mix(0xcbf29ce484222325u, file->d_name, strlen(file->d_name));

        if (age_ns < SETTLED_NS)
            return 0;
        hash = mix(hash, &st.st_ino, sizeof st.st_ino);
        hash = mix(hash, &st.st_size, sizeof st.st_size);
        hash = mix(hash, &st.st_ctim, sizeof st.st_ctim);
        sum += mix(hash, &st.st_mtim, sizeof st.st_mtim);
    }
    return sum ? sum : 1;
}

static struct known_key *find(const struct zap_table *table, const char *key)
{
    struct known_key *entry;

    HASH_FIND(hh, table->entries, key, CURVE_TEXT, entry);
    return entry;
}

void zap_table_add(struct zap_table *table, const struct certificate *certificate)
{
    struct known_key *same = find(table, certificate->public_key);

    if (same) {
        log_error("certificate_doubled", "name=%s other=%s both=refused", certificate->name,
                  same->certificate.name);
        same->doubled = true;
        return;
    }
    struct known_key *entry = mem_new(table, struct known_key);

    entry->certificate = *certificate;
    HASH_ADD(hh, table->entries, certificate.public_key[0], CURVE_TEXT, entry);
}

void zap_table_remove(struct zap_table *table, const char *key)
{
    struct known_key *entry = find(table, key);

    if (!entry)
        return;
    HASH_DEL(table->entries, entry);
    talloc_free(entry);
}

static void add_file(struct zap_table *table, const char *path)
{
    struct certificate certificate;

    if (certificate_load(path, &certificate) == STATUS_OK)
        zap_table_add(table, &certificate);
}

static int clear_table(struct zap_table *table)
{
    HASH_CLEAR(hh, table->entries);
    return 0;
}

struct zap_table *zap_table_read(const char *path, const struct zap_table *known)
{
    DIR *folder = opendir(path);

    if (!folder) {
        log_error("certificates_unreadable", "folder=%s error=%s", LOG_QUOTED(path),
                  LOG_QUOTED(strerror(errno)));
        return NULL;
    }
    uint64_t found = fingerprint(folder);
    struct zap_table *table = NULL;

    if (found == 0 || !known || found != known->fingerprint) {
        table = mem_new(NULL, struct zap_table);
        talloc_set_destructor(table, clear_table);
        table->fingerprint = found;
        rewinddir(folder);
        for (struct dirent *file; (file = readdir(folder));)
            if (is_certificate_file(file->d_name))
                add_file(table, mem_printf(table, "%s/%s", path, file->d_name));
    }
    closedir(folder);
    return table;
}

const struct certificate *zap_table_find(const struct zap_table *table, const char *key)
{
    const struct known_key *entry = find(table, key);

    return entry && !entry->doubled ? &entry->certificate : NULL;
}

unsigned zap_table_revoked(const struct zap_table *old, const struct zap_table *fresh)
{
    unsigned revoked = 0;

    for (const struct known_key *was = old->entries; was; was = was->hh.next) {
        const struct certificate *is = zap_table_find(fresh, was->certificate.public_key);

        revoked += !was->doubled && !(is && certificate_is_same(is, &was->certificate));
    }
    return revoked;
}
