/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.c - a program with a good certificate and bad manners, against a broker of this machine
 *
 *     hostile --mode=claim,mmi --port=7100 --certificate=volunteer.key_secret --broker_key=broker.key --seconds=20
 *
 * Modes take turns of --turn_ms; "all" is every one. It opens no more than --most connections in
 * all, ends after --seconds, and prints one line of JSON: what it saw. What reached it and is not
 * its own goes to --record.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/settings.h"
#include "tests/attack/attack.h"

enum {
    PORT_ADMIN = BROKER_PORTS, /* of the broker's HTTP */
    SLOTS_MAX = 1024,          /* connections at once, of all assaults of a turn */
    BURST = 32,                /* things that one connection says before the next one's turn */
    VISIT_MS = 2000,
    AGAIN_MS = 100, /* before a lost connection is opened again, unless that is the attack */
};

/* ---- settings ---- */

static const char *modes, *address, *certificate_path, *broker_key, *street, *victim, *record_path;
static int64_t port, admin_port, seconds, turn_ms, connections, most, seed;

static const struct setting hostile_settings[] = {
    {"mode", SETTING_TEXT, &modes, "all", 1, 255, "", "what it does, separated by commas; all"},
    {"address", SETTING_TEXT, &address, "127.0.0.1", 1, 15, "",
     "the broker's; of this machine only"},
    {"port", SETTING_INT, &port, "7100", 1, 65532, "", "the broker's, of callers"},
    {"admin_port", SETTING_INT, &admin_port, "0", 0, 65535, "", "the broker's HTTP; 0: spare it"},
    {"certificate", SETTING_TEXT, &certificate_path, NULL, 1, 4096, "",
     "who it is, with secret key"},
    {"broker_key", SETTING_TEXT, &broker_key, NULL, 1, 4096, "", "the broker's public certificate"},
    {"street", SETTING_TEXT, &street, "xiasha", 1, 32, "", "of others, which it wants to hear of"},
    {"victim", SETTING_TEXT, &victim, "city-hall", 1, 64, "",
     "a routing id that somebody else uses"},
    {"record", SETTING_TEXT, &record_path, "", 0, 4096, "",
     "file for what is not its own; may be none"},
    {"seconds", SETTING_INT, &seconds, "10", 1, 36000, "s", "it ends then"},
    {"turn_ms", SETTING_INT, &turn_ms, "2000", 100, 3600000, "ms", "of each mode"},
    {"connections", SETTING_INT, &connections, "16", 1, 240, "", "at once, to each port of a mode"},
    {"most", SETTING_INT, &most, "1000000", 1, 100000000, "", "connections in all"},
    {"seed", SETTING_INT, &seed, "1", 1, INT64_MAX, "", "of all that is left to chance"},
    {0},
};

/* ---- assaults ---- */

enum claim { CLAIM_NOTHING, CLAIM_NUMBER, CLAIM_VICTIM };
enum manner {
    TALKS,
    IS_DEAF = 1,    /* reads nothing */
    STORMS = 2,     /* leaves once it is in */
    WHISPERS = 8,   /* says one thing only */
    COMES_BACK = 4, /* leaves after VISIT_MS: a claim that came too early never counts */
};

struct assault {
    const char *mode;
    int port;
    enum claim claim;
    int manner;
    enum zmtp_stage stay_at;
    const char *raw;
    size_t drip;
    speech *says;
};

static const struct assault assaults[] = {
    {"claim", PORT_CLIENT, .claim = CLAIM_NUMBER, .says = say_hello},
    {"claim", PORT_WORKER, .claim = CLAIM_NUMBER, .says = say_hello},
    {"claim", PORT_SUBSCRIBE, .claim = CLAIM_NUMBER, .says = say_hello},
    {"squat", PORT_CLIENT, .manner = COMES_BACK | WHISPERS, .claim = CLAIM_VICTIM,
     .says = say_hello},
    {"squat", PORT_WORKER, .manner = COMES_BACK | WHISPERS, .claim = CLAIM_VICTIM,
     .says = say_ready},
    {"duplicate", PORT_CLIENT, .claim = CLAIM_VICTIM, .says = say_large},
    {"duplicate", PORT_WORKER, .claim = CLAIM_VICTIM, .says = say_large},
    {"endless", PORT_CLIENT, .says = say_endless},
    {"endless", PORT_WORKER, .says = say_endless},
    {"endless", PORT_PUBLISH, .says = say_endless},
    {"endless", PORT_SUBSCRIBE, .says = say_endless},
    {"silent", PORT_CLIENT, .raw = ""},
    {"silent", PORT_WORKER, .raw = ""},
    {"silent", PORT_PUBLISH, .raw = ""},
    {"silent", PORT_SUBSCRIBE, .raw = ""},
    {"silent", PORT_ADMIN, .raw = ""},
    {"half", PORT_CLIENT, .stay_at = ZMTP_HELLO},
    {"half", PORT_WORKER, .stay_at = ZMTP_INITIATE},
    {"half", PORT_PUBLISH, .stay_at = ZMTP_HELLO},
    {"half", PORT_SUBSCRIBE, .stay_at = ZMTP_INITIATE},
    {"slow", PORT_CLIENT, .drip = 1},
    {"slow", PORT_WORKER, .drip = 1},
    {"slow", PORT_PUBLISH, .drip = 1},
    {"slow", PORT_SUBSCRIBE, .drip = 1},
    {"storm", PORT_CLIENT, .manner = STORMS},
    {"storm", PORT_WORKER, .manner = STORMS},
    {"storm", PORT_PUBLISH, .manner = STORMS},
    {"storm", PORT_SUBSCRIBE, .manner = STORMS},
    {"follow", PORT_SUBSCRIBE, .says = say_follow_others},
    {"noise", PORT_SUBSCRIBE, .says = say_follow_noise},
    {"mmi", PORT_CLIENT, .manner = IS_DEAF, .says = say_mmi_services},
    {"echo", PORT_CLIENT, .manner = IS_DEAF, .says = say_mmi_echo},
    {"away", PORT_CLIENT, .says = say_large_for_nobody},
    {"untaken", PORT_CLIENT, .manner = IS_DEAF, .says = say_large},
    {"forbidden", PORT_CLIENT, .says = say_forbidden},
    {"flood", PORT_CLIENT, .says = say_valid},
    {"deaf", PORT_CLIENT, .manner = IS_DEAF, .says = say_valid},
    {"after", PORT_CLIENT, .says = say_after},
    {"versions", PORT_CLIENT, .says = say_other_versions},
    {"versions", PORT_WORKER, .says = say_other_versions},
    {"publish", PORT_PUBLISH, .says = say_publication},
    {"ready", PORT_WORKER, .says = say_ready},
    {"admin", PORT_ADMIN, .raw = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n", .drip = 1},
    {"mutate", PORT_CLIENT, .says = say_mutated},
    {"mutate", PORT_WORKER, .says = say_mutated},
    {"mutate", PORT_PUBLISH, .says = say_mutated},
    {"mutate", PORT_SUBSCRIBE, .says = say_mutated},
};
enum { ASSAULTS = sizeof assaults / sizeof *assaults };

static const char *const socket_types[] = {"DEALER", "DEALER", "PUB", "DEALER", ""};

/* ---- connections ---- */

struct slot {
    const struct assault *assault;
    struct zmtp *zmtp;
    bool was_open, has_spoken;
    int64_t again_ms, leave_ms;
    uint64_t said;
    uint8_t identity[64];
};

static struct attack attack;
static struct slot slots[SLOTS_MAX];
static struct zmtp *open_ones[SLOTS_MAX];
static size_t used;
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* Where an unseeded libzmq begins to number the peers of its first and second ROUTER, or anywhere.
 * Every second one claims nothing: when it is given a number that is claimed, a libzmq that
 * believes claims ends its process. */
static size_t claim(struct slot *slot, size_t number)
{
    static const uint32_t bases[] = {0x6b8b4567, 0xe43c9869};
    uint32_t id = attack_dice(&attack) % 8 ? bases[slot->assault->port == PORT_WORKER] + number
                                           : (uint32_t)(attack_dice(&attack) >> 16);

    if (slot->assault->claim == CLAIM_NOTHING ||
        (slot->assault->claim == CLAIM_NUMBER && number % 2 == 0))
        return 0;
    if (slot->assault->claim == CLAIM_VICTIM) {
        memcpy(slot->identity, attack.victim, strlen(attack.victim));
        return strlen(attack.victim);
    }
    id = htonl(id);
    slot->identity[0] = 0;
    memcpy(slot->identity + 1, &id, sizeof id);
    return 1 + sizeof id;
}

static void open_slot(struct slot *slot, int64_t now_ms)
{
    const struct assault *assault = slot->assault;
    struct zmtp_way way = {.address = address,
                           .port = (int)port + assault->port,
                           .own = &attack.own,
                           .server_key = attack.server_key,
                           .socket_type = socket_types[assault->port],
                           .identity = slot->identity,
                           .stay_at = assault->stay_at,
                           .raw = assault->raw,
                           .drip = assault->drip};

    if (now_ms < slot->again_ms || attack.tally.opened >= (uint64_t)most)
        return;
    if (assault->port == PORT_ADMIN)
        way.port = (int)admin_port;
    way.identity_size = claim(slot, (size_t)(slot - slots));
    slot->again_ms = assault->manner & STORMS ? now_ms : now_ms + AGAIN_MS;
    slot->leave_ms = assault->manner & COMES_BACK
                         ? now_ms + 1 + (int64_t)(attack_dice(&attack) % VISIT_MS)
                         : INT64_MAX;
    slot->was_open = slot->has_spoken = false;
    attack.tally.opened++;
    slot->zmtp = zmtp_open(NULL, &way);
}

static void listen_to(struct slot *slot)
{
    struct zmtp_message message;

    while (zmtp_next(slot->zmtp, &message))
        witness(&attack, (enum broker_port)slot->assault->port, &message);
}

static void speak(struct slot *slot)
{
    speech *says = slot->assault->says;

    if (slot->assault->manner & WHISPERS && slot->has_spoken)
        return;
    slot->has_spoken = true;
    for (int i = 0; says && i < (slot->assault->manner & WHISPERS ? 1 : BURST); i++)
        if (!says(&attack, slot->zmtp, (enum broker_port)slot->assault->port, slot->said++))
            return;
}

static void run_slot(struct slot *slot, int64_t now_ms)
{
    if (!slot->zmtp)
        open_slot(slot, now_ms);
    if (!slot->zmtp)
        return;
    bool reads = !(slot->assault->manner & IS_DEAF) || !slot->was_open;
    enum zmtp_stage stage = zmtp_run(slot->zmtp, reads);

    if (stage == ZMTP_OPEN && !slot->was_open) {
        slot->was_open = true;
        attack.tally.let_in++;
        if (slot->assault->manner & STORMS)
            zmtp_close(&slot->zmtp);
    }
    if (slot->zmtp && slot->was_open && reads)
        listen_to(slot);
    if (slot->zmtp && stage == ZMTP_OPEN)
        speak(slot);
    if (slot->zmtp && now_ms >= slot->leave_ms)
        zmtp_close(&slot->zmtp);
    if (slot->zmtp && stage > ZMTP_OPEN) {
        attack.tally.refused += stage == ZMTP_REFUSED;
        attack.tally.ended += stage == ZMTP_ENDED;
        zmtp_close(&slot->zmtp);
    }
}

/* ---- turns ---- */

static void open_mode(const char *mode)
{
    used = 0;
    for (int i = 0; i < ASSAULTS; i++) {
        bool wanted = strcmp(assaults[i].mode, mode) == 0;
        for (int64_t k = 0; k < connections && used < SLOTS_MAX && wanted; k++)
            if (assaults[i].port != PORT_ADMIN || admin_port)
                slots[used++] = (struct slot){.assault = &assaults[i]};
    }
}

static void close_mode(void)
{
    for (size_t i = 0; i < used; i++)
        zmtp_close(&slots[i].zmtp);
}

/* Drips want to take their time; all others go as fast as they can. */
static void run_mode(const char *mode, int64_t end_ms)
{
    open_mode(mode);
    while (!stopped && used > 0 && clock_monotonic_ms() < end_ms) {
        uint64_t before = attack.tally.sent + attack.tally.received + attack.tally.opened;

        for (size_t i = 0; i < used; i++) {
            run_slot(&slots[i], clock_monotonic_ms());
            open_ones[i] = slots[i].zmtp;
        }
        if (slots[0].assault->drip)
            zmq_poll(NULL, 0, AGAIN_MS);
        else if (before == attack.tally.sent + attack.tally.received + attack.tally.opened)
            zmtp_wait(open_ones, used, 1);
    }
    close_mode();
}

static bool is_mode(const char *name)
{
    for (int i = 0; i < ASSAULTS; i++)
        if (strcmp(assaults[i].mode, name) == 0)
            return true;
    return false;
}

/* Each of the chosen modes once. */
static void run_turns(int64_t end_ms)
{
    bool all = strcmp(modes, "all") == 0;
    char *list = mem_text(NULL, modes), *rest = NULL;

    for (int i = 0; i < ASSAULTS && all; i++)
        if (i == 0 || strcmp(assaults[i].mode, assaults[i - 1].mode) != 0)
            run_mode(assaults[i].mode, clock_monotonic_ms() + turn_ms < end_ms
                                           ? clock_monotonic_ms() + turn_ms
                                           : end_ms);
    for (char *one = strtok_r(list, ",", &rest); one && !all; one = strtok_r(NULL, ",", &rest)) {
        if (!is_mode(one)) {
            fprintf(stderr, "hostile: no mode \"%s\"\n", one);
            exit(2);
        }
        run_mode(one,
                 clock_monotonic_ms() + turn_ms < end_ms ? clock_monotonic_ms() + turn_ms : end_ms);
    }
    talloc_free(list);
}

static void report(int64_t took_ms)
{
    printf("{\"modes\": \"%s\", \"name\": \"%s\", \"role\": \"%s\", \"ms\": %lld", modes,
           attack.certificate.name, role_name(attack.certificate.role), (long long)took_ms);
#define X(name, help) printf(", \"%s\": %llu", #name, (unsigned long long)attack.tally.name);
    TALLIES(X)
#undef X
    puts("}");
    fflush(stdout);
}

static bool prepare(void)
{
    struct certificate broker;

    if (certificate_load(certificate_path, &attack.certificate) != STATUS_OK ||
        certificate_load(broker_key, &broker) != STATUS_OK ||
        !zmtp_keys_of(&attack.certificate, &attack.own) ||
        !zmq_z85_decode(attack.server_key, broker.public_key))
        return false;
    attack.street = street;
    snprintf(attack.home, sizeof attack.home, "%.*s", (int)strcspn(attack.certificate.streets, " "),
             attack.certificate.streets);
    attack.victim = victim;
    attack.dice = (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    attack.record = *record_path ? fopen(record_path, "ae") : NULL;
    return !*record_path || attack.record;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};

    settings_load(argc, argv, "attacks a broker of this machine, for tests",
                  (const struct setting *const[]){hostile_settings, NULL});
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (sodium_init() < 0 || !prepare())
        return 2;
    int64_t began_ms = clock_monotonic_ms(), end_ms = began_ms + seconds * 1000;

    while (!stopped && clock_monotonic_ms() < end_ms)
        run_turns(end_ms);
    report(clock_monotonic_ms() - began_ms);
    return EXIT_SUCCESS;
}
