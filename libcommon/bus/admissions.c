/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admissions.c - the limits of admissions.h, by role and port
 *
 * A holder is a key: its buckets and its live connections, kept while it has any or its buckets are
 * not full. An admission belongs to one holder and one port. Until it spoke it stands in its port's
 * list of silent ones, oldest first; `counted` says whether it still counts as live.
 */
#include "libcommon/bus/admissions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "libcommon/base/bucket.h"
#include "libcommon/base/mem.h"

enum {
    ROLES = BUS__ROLE__VALUES,
    PORT_LIVE_MAX = 4096,
    LATE_MS = 1000, /* at most, after a connection came, the ledger knows of it */
};

/* Live connections of one certificate; 0: it may not connect there at all. Everybody may ask;
 * services and foreign workers serve and publish; who may follow anything follows. */
static const uint16_t live_max[][BROKER_PORTS] = {
    /*                                 client worker publish event */
    [BUS__ROLE__ROLE_OPERATOR] = {128, 0, 0, 128},
    [BUS__ROLE__ROLE_SERVICE] = {128, 128, 128, 128},
    [BUS__ROLE__ROLE_GATEWAY] = {128, 0, 0, 128},
    [BUS__ROLE__ROLE_STREET_STAFF] = {64, 0, 0, 64},
    [BUS__ROLE__ROLE_COMMUNITY_STAFF] = {16, 0, 0, 0},
    [BUS__ROLE__ROLE_UNIT_CONTACT] = {16, 0, 0, 0},
    [BUS__ROLE__ROLE_VOLUNTEER] = {16, 0, 0, 0},
    [BUS__ROLE__ROLE_SHOP] = {16, 0, 0, 0},
    [BUS__ROLE__ROLE_INTEGRATOR] = {32, 0, 0, 32},
    [BUS__ROLE__ROLE_WORKER] = {16, 16, 16, 0},
};
static_assert(sizeof live_max / sizeof *live_max == ROLES, "a row for each role");

/* Handshakes. fast bounds what they cost (2 ms of the port's thread each), slow what they bring an
 * attacker; its burst is for certificates whose programs come and go. */
static const struct bucket_rate fast = {20, 40}, slow = {0.1, 2000}, of_port = {3, PORT_LIVE_MAX};

struct key_account {
    UT_hash_handle hh;
    char key[CURVE_TEXT + 1];
    const struct certificate *certificate; /* of the table that is followed; NULL: taken away */
    unsigned changes;                      /* of it, since this holder is known */
    struct bucket fast, slow;
    uint32_t admissions, live[BROKER_PORTS];
};

struct entry {
    UT_hash_handle hh;
    struct entry *prev, *next; /* among the silent ones of its port */
    uint64_t serial;
    enum broker_port port;
    bool spoke, counted;
    unsigned changes; /* of its holder, as far as they were told */
    int64_t since_us;
    struct key_account *holder;
};

struct admissions {
    uint64_t last_serial;
    struct key_account *holders;
    struct entry *entries;
    struct entry *silent[BROKER_PORTS];
    unsigned silent_counted[BROKER_PORTS], live[BROKER_PORTS];
    struct bucket of_port[BROKER_PORTS];
};

static int forget_all(struct admissions *admissions)
{
    HASH_CLEAR(hh, admissions->holders);
    HASH_CLEAR(hh, admissions->entries);
    return 0;
}

struct admissions *admissions_create(const void *parent)
{
    struct admissions *admissions = mem_new(parent, struct admissions);
    ssize_t size = getrandom(&admissions->last_serial, sizeof admissions->last_serial, 0);

    assert(size == sizeof admissions->last_serial);
    talloc_set_destructor(admissions, forget_all);
    return admissions;
}

static struct key_account *holder_of(struct admissions *admissions,
                                     const struct certificate *certificate)
{
    struct key_account *holder;

    HASH_FIND(hh, admissions->holders, certificate->public_key, CURVE_TEXT, holder);
    if (!holder) {
        holder = mem_new(admissions, struct key_account);
        memcpy(holder->key, certificate->public_key, sizeof holder->key);
        HASH_ADD(hh, admissions->holders, key[0], CURVE_TEXT, holder);
    }
    holder->certificate = certificate;
    return holder;
}

static void release(struct admissions *admissions, struct key_account *holder, int64_t now_us)
{
    if (holder->admissions > 0 || !bucket_is_full(&holder->fast, now_us) ||
        !bucket_is_full(&holder->slow, now_us))
        return;
    HASH_DEL(admissions->holders, holder);
    talloc_free(holder);
}

static void count(struct admissions *admissions, struct entry *entry, bool counted)
{
    int change = (int)counted - (int)entry->counted;

    entry->counted = counted;
    entry->holder->live[entry->port] += (uint32_t)change;
    admissions->live[entry->port] += (unsigned)change;
    if (!entry->spoke)
        admissions->silent_counted[entry->port] += (unsigned)change;
}

static uint32_t most_live(Bus__Role role, enum broker_port port)
{
    assert(port < BROKER_PORTS);
    return (size_t)role < ROLES ? live_max[role][port] : 0;
}

bool admissions_admit(Bus__Role role, enum broker_port port)
{
    return most_live(role, port) > 0;
}

static uint32_t limit(const struct key_account *holder, enum broker_port port)
{
    return holder->certificate ? most_live(holder->certificate->role, port) : 0;
}

/* Why not now; NULL: it may. Takes its tokens only where all are there. */
static const char *judge(struct admissions *admissions, struct key_account *holder,
                         enum broker_port port, int64_t now_us)
{
    struct bucket fast_now = holder->fast, slow_now = holder->slow;

    if (holder->live[port] >= limit(holder, port))
        return "connections";
    if (admissions->live[port] >= PORT_LIVE_MAX)
        return "port_full";
    if (!bucket_take(&fast_now, &fast, now_us, NULL) ||
        !bucket_take(&slow_now, &slow, now_us, NULL))
        return "handshakes";
    if (!bucket_take(&admissions->of_port[port], &of_port, now_us, NULL))
        return "port_busy";
    holder->fast = fast_now;
    holder->slow = slow_now;
    return NULL;
}

enum admission_answer admissions_ask(struct admissions *admissions,
                                     const struct certificate *certificate, enum broker_port port,
                                     int64_t now_us, uint64_t *ret_serial, const char **ret_reason)
{
    struct key_account *holder = holder_of(admissions, certificate);

    if (limit(holder, port) == 0) {
        *ret_reason = "role";
        release(admissions, holder, now_us);
        return ADMISSION_NEVER;
    }
    const char *reason = judge(admissions, holder, port, now_us);
    if (reason) {
        *ret_reason = reason;
        return ADMISSION_LATER;
    }
    struct entry *entry = mem_new(admissions, struct entry);

    entry->serial = ++admissions->last_serial;
    entry->port = port;
    entry->since_us = now_us;
    entry->holder = holder;
    entry->changes = holder->changes;
    holder->admissions++;
    count(admissions, entry, true);
    HASH_ADD(hh, admissions->entries, serial, sizeof entry->serial, entry);
    DL_APPEND(admissions->silent[port], entry);
    *ret_serial = entry->serial;
    return ADMISSION_GRANTED;
}

static struct entry *find(const struct admissions *admissions, uint64_t serial)
{
    struct entry *entry;

    HASH_FIND(hh, admissions->entries, &serial, sizeof serial, entry);
    return entry;
}

bool admissions_find(const struct admissions *admissions, uint64_t serial, struct admission *ret)
{
    const struct entry *entry = find(admissions, serial);

    if (!entry)
        return false;
    *ret = (struct admission){.serial = serial,
                              .port = entry->port,
                              .spoke = entry->spoke,
                              .certificate = entry->holder->certificate};
    return true;
}

bool admissions_changed(struct admissions *admissions, uint64_t serial)
{
    struct entry *entry = find(admissions, serial);
    bool changed = entry && entry->changes != entry->holder->changes;

    if (changed)
        entry->changes = entry->holder->changes;
    return changed;
}

bool admissions_speak(struct admissions *admissions, uint64_t serial)
{
    struct entry *entry = find(admissions, serial);

    if (!entry || entry->spoke)
        return entry != NULL;
    count(admissions, entry, false);
    DL_DELETE(admissions->silent[entry->port], entry);
    entry->spoke = true;
    count(admissions, entry, true);
    /* Taken away is no reason: it is told so first. */
    return !entry->holder->certificate ||
           entry->holder->live[entry->port] <= limit(entry->holder, entry->port);
}

static void end(struct admissions *admissions, struct entry *entry, int64_t now_us)
{
    struct key_account *holder = entry->holder;

    count(admissions, entry, false);
    if (!entry->spoke)
        DL_DELETE(admissions->silent[entry->port], entry);
    HASH_DEL(admissions->entries, entry);
    talloc_free(entry);
    holder->admissions--;
    release(admissions, holder, now_us);
}

void admissions_end(struct admissions *admissions, uint64_t serial, int64_t now_us)
{
    struct entry *entry = find(admissions, serial);

    if (entry)
        end(admissions, entry, now_us);
}

/* A young connection came before its admission, so an older admission is of a quiet one or has
 * ended: else those whom strangers' half-open connections pushed out would count as long as
 * strangers come. */
void admissions_silent(struct admissions *admissions, enum broker_port port,
                       const struct silent_ones *silent, int64_t now_us)
{
    int64_t young_us = (silent->young_ms + LATE_MS) * 1000;
    unsigned quiet = silent->quiet;
    struct entry *entry, *next;

    DL_FOREACH_SAFE(admissions->silent[port], entry, next)
    {
        int64_t age_us = now_us - entry->since_us;
        bool may_be_young = silent->young > 0 && age_us <= young_us;
        bool too_many = admissions->silent_counted[port] > silent->young + silent->quiet;

        if (age_us > silent->oldest_ms * 1000)
            end(admissions, entry, now_us);
        else if (!too_many && may_be_young)
            break;
        else if (!too_many && entry->counted && quiet > 0)
            quiet--;
        else
            count(admissions, entry, false);
    }
}

void admissions_follow(struct admissions *admissions, const struct zap_table *table, int64_t now_us)
{
    struct key_account *holder, *next;

    HASH_ITER(hh, admissions->holders, holder, next)
    {
        const struct certificate *was = holder->certificate;
        const struct certificate *is = zap_table_find(table, holder->key);

        holder->certificate = is;
        holder->changes += was ? !(is && certificate_is_same(is, was)) : is != NULL;
        release(admissions, holder, now_us);
    }
}
