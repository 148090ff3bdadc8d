/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap_table.c - a folder of *.key files -> certificates by key
 *
 * Each reading makes a fresh table. What stat says of all files is summed into a fingerprint, so
 * that a folder in which nothing changed is not read again before the day is over.
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
#include "libcommon/bus/revoked.h"

enum { SETTLED_NS = 1000000000, SOON_DAYS = 30 };
static const int64_t DAY_US = (int64_t)24 * 60 * 60 * 1000000;

struct known_key {
    struct certificate certificate; /* its secret_key is empty */
    int64_t days_left;              /* when the table was read */
    bool doubled;                   /* two files give it to different people: neither counts */
    UT_hash_handle hh;              /* by public_key */
};

struct zap_table {
    struct known_key *entries;
    struct revoked *revoked; /* NULL: none */
    int64_t read_us;
    uint64_t fingerprint; /* of names, inodes, times and sizes; 0: read again in any case */
};

static bool is_certificate_file(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".key") == 0;
}

static bool is_of_table(const char *name)
{
    return is_certificate_file(name) || strcmp(name, REVOKED_FILE) == 0;
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

        if (!is_of_table(file->d_name) || fstatat(dirfd(folder), file->d_name, &st, 0) != 0)
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

/* Two files may say the same: a rotation writes NAME.old.key before it replaces NAME.key. The
 * earlier end counts. */
static void merge(struct known_key *same, const struct certificate *certificate, int64_t days_left)
{
    if (!certificate_is_same(&same->certificate, certificate)) {
        log_error("certificate_doubled", "name=%s other=%s both=refused", certificate->name,
                  same->certificate.name);
        same->doubled = true;
    } else if (days_left < same->days_left) {
        same->certificate = *certificate;
        same->days_left = days_left;
    }
}

void zap_table_add(struct zap_table *table, const struct certificate *certificate)
{
    struct known_key *same = find(table, certificate->public_key);
    int64_t days_left = certificate_days_left(certificate, table->read_us);

    if (same) {
        merge(same, certificate, days_left);
        return;
    }
    struct known_key *entry = mem_new(table, struct known_key);

    entry->certificate = *certificate;
    entry->days_left = days_left;
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

/* NULL, with a log line: nobody can tell who was revoked. */
static struct zap_table *start_table(const char *path, uint64_t found, int64_t now_us)
{
    struct zap_table *table = mem_new(NULL, struct zap_table);

    talloc_set_destructor(table, clear_table);
    table->fingerprint = found;
    table->read_us = now_us;
    table->revoked = revoked_read(table, path);
    if (table->revoked)
        return table;
    log_error("revocations_unreadable", "folder=%s error=%s", LOG_QUOTED(path),
              LOG_QUOTED(strerror(errno)));
    talloc_free(table);
    return NULL;
}

static bool is_same_day(int64_t a_us, int64_t b_us)
{
    return a_us / DAY_US == b_us / DAY_US;
}

struct zap_table *zap_table_read(const char *path, const struct zap_table *known, int64_t now_us)
{
    DIR *folder = opendir(path);

    if (!folder) {
        log_error("certificates_unreadable", "folder=%s error=%s", LOG_QUOTED(path),
                  LOG_QUOTED(strerror(errno)));
        return NULL;
    }
    uint64_t found = fingerprint(folder);
    bool is_known =
        known && found != 0 && found == known->fingerprint && is_same_day(now_us, known->read_us);
    struct zap_table *table = is_known ? NULL : start_table(path, found, now_us);

    if (table) {
        rewinddir(folder);
        for (struct dirent *file; (file = readdir(folder));)
            if (is_certificate_file(file->d_name))
                add_file(table, mem_printf(table, "%s/%s", path, file->d_name));
    }
    closedir(folder);
    return table;
}

/* NULL: it counts. */
static const char *refusal(const struct zap_table *table, const struct known_key *entry)
{
    if (revoked_find(table->revoked, entry->certificate.public_key))
        return "revoked";
    if (entry->doubled)
        return "doubled";
    return entry->days_left < 0 ? "expired" : NULL;
}

const struct certificate *zap_table_find(const struct zap_table *table, const char *key)
{
    const struct known_key *entry = find(table, key);

    return entry && !refusal(table, entry) ? &entry->certificate : NULL;
}

const char *zap_table_refusal(const struct zap_table *table, const char *key, const char **ret_name)
{
    const struct known_key *entry = find(table, key);
    const struct revoked_key *revoked = revoked_find(table->revoked, key);
    const char *why = entry ? refusal(table, entry) : NULL;

    *ret_name = entry ? entry->certificate.name : revoked ? revoked->name : "";
    return why ? why : revoked ? "revoked" : "unknown";
}

unsigned zap_table_revoked(const struct zap_table *old, const struct zap_table *fresh)
{
    unsigned revoked = 0;

    for (const struct known_key *was = old->entries; was; was = was->hh.next) {
        const struct certificate *is = zap_table_find(fresh, was->certificate.public_key);

        revoked += !refusal(old, was) && !(is && certificate_is_same(is, &was->certificate));
    }
    return revoked;
}

static bool is_expiring(const struct zap_table *table, const struct known_key *entry)
{
    return entry->days_left <= SOON_DAYS && !refusal(table, entry);
}

unsigned zap_table_expiring(const struct zap_table *table)
{
    unsigned expiring = 0;

    for (const struct known_key *entry = table->entries; entry; entry = entry->hh.next)
        expiring += is_expiring(table, entry);
    return expiring;
}

static void tell(const char *event, const struct certificate *certificate, const char *reason)
{
    log_info(event, "name=%s role=%s streets=%s until=%s public_key=%s%s%s", certificate->name,
             role_name(certificate->role), LOG_QUOTED(certificate->streets), certificate->until,
             LOG_QUOTED(certificate->public_key), *reason ? " reason=" : "", reason);
}

static void tell_gone(const struct zap_table *old, const struct zap_table *fresh)
{
    for (const struct known_key *was = old->entries; was; was = was->hh.next) {
        const char *key = was->certificate.public_key, *name;

        if (refusal(old, was) || zap_table_find(fresh, key))
            continue;
        tell("certificate_gone", &was->certificate,
             find(fresh, key) ? zap_table_refusal(fresh, key, &name) : "removed");
    }
}

void zap_table_tell(const struct zap_table *old, const struct zap_table *fresh)
{
    bool is_today = old && is_same_day(old->read_us, fresh->read_us);

    for (const struct known_key *entry = fresh->entries; entry; entry = entry->hh.next) {
        const struct certificate *is = &entry->certificate,
                                 *was = old ? zap_table_find(old, is->public_key) : NULL;
        bool changed = was && !(certificate_is_same(was, is) && strcmp(was->until, is->until) == 0);

        if (refusal(fresh, entry))
            continue;
        if (changed)
            tell("certificate_changed", is, "");
        else if (old && !was)
            tell("certificate_added", is, "");
        if (is_expiring(fresh, entry) && (!is_today || !was || changed))
            log_warning("certificate_expires", "name=%s until=%s days=%d", is->name, is->until,
                        (int)entry->days_left);
    }
    if (old)
        tell_gone(old, fresh);
}
