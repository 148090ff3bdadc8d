/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - what the attacker says: each a message that a peer may send, meant badly */
/* NOLINTBEGIN(bugprone-not-null-terminated-result): bytes, no texts */
#include <assert.h>
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/mdp.h"
#include "tests/attack/attack.h"

enum { LARGE = 250 * 1000, HEADER_MAX = 512 };

static uint8_t large[LARGE];

void words_add(struct words *words, const void *data, size_t size)
{
    assert(words->count < ATTACK_FRAMES_MAX);
    words->frame[words->count].data = data;
    words->frame[words->count++].size = size;
}

void words_add_text(struct words *words, const char *text)
{
    words_add(words, text, strlen(text));
}

bool words_say(struct attack *attack, struct zmtp *zmtp, const struct words *words)
{
    if (zmtp_pending(zmtp) > ATTACK_BYTES_MAX)
        return false;
    for (size_t i = 0; i < words->count; i++)
        if (!zmtp_send(zmtp, i + 1 < words->count ? ZMTP_MORE : 0, words->frame[i].data,
                       words->frame[i].size))
            return false;
    attack->tally.sent++;
    return true;
}

uint64_t attack_dice(struct attack *attack)
{
    attack->dice ^= attack->dice << 13;
    attack->dice ^= attack->dice >> 7;
    attack->dice ^= attack->dice << 17;
    return attack->dice;
}

/* ---- requests ---- */

struct ask {
    const char *service, *street, *method;
    uint32_t timeout_ms;
    int64_t after; /* of the registry's journal; 0: no matter */
    const void *payload;
    size_t payload_size;
};

static bool say_request(struct attack *attack, struct zmtp *zmtp, const struct ask *ask)
{
    Bus__Position position = BUS__POSITION__INIT, *after[] = {&position};
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    char id[ID_CHARS + 1], address[128];
    uint8_t packed[HEADER_MAX];
    struct words words = {0};

    id_new(id);
    memcpy(id + ID_CHARS - strlen(OWN_ID_END), OWN_ID_END, strlen(OWN_ID_END));
    header.request_id = id;
    header.street = (char *)ask->street;
    header.method = (char *)ask->method;
    header.timeout_ms = ask->timeout_ms;
    position.service = (char *)"registry";
    position.seq = ask->after;
    header.after = after;
    header.n_after = ask->after ? 1 : 0;
    snprintf(address, sizeof address, "%s@%s", ask->service, ask->street);
    words_add_text(&words, MDP_CLIENT);
    words_add_text(&words, "\1");
    words_add_text(&words, address);
    words_add(&words, packed, bus__request_header__pack(&header, packed));
    words_add(&words, ask->payload, ask->payload_size);
    return words_say(attack, zmtp, &words);
}

bool say_large_for_nobody(struct attack *attack, struct zmtp *zmtp, enum broker_port port,
                          uint64_t n)
{
    char service[32];

    (void)port;
    snprintf(service, sizeof service, "nobody%u", (unsigned)(n % 100));
    return say_request(attack, zmtp,
                       &(struct ask){.service = service,
                                     .street = attack->home,
                                     .method = "jusha.registry.v1.RegistryService/ListUnits",
                                     .timeout_ms = 60000,
                                     .payload = large,
                                     .payload_size = LARGE});
}

bool say_large(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    (void)port, (void)n;
    return say_request(attack, zmtp,
                       &(struct ask){.service = "echo",
                                     .street = attack->home,
                                     .method = "jusha.registry.v1.RegistryService/ListUnits",
                                     .payload = large,
                                     .payload_size = LARGE});
}

bool say_endless(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    (void)n;
    if (!zmtp_send(zmtp, ZMTP_MORE, large, port == PORT_SUBSCRIBE ? 4000 : LARGE))
        return false;
    attack->tally.sent++;
    return true;
}

bool say_forbidden(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    (void)port;
    return say_request(attack, zmtp,
                       &(struct ask){.service = "registry",
                                     .street = n % 2 ? attack->street : attack->home,
                                     .method = "jusha.registry.v1.RegistryService/RegisterUnit"});
}

bool say_valid(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    (void)port, (void)n;
    return say_request(attack, zmtp,
                       &(struct ask){.service = "registry",
                                     .street = attack->home,
                                     .method = "jusha.registry.v1.RegistryService/ListUnits"});
}

bool say_after(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    (void)port, (void)n;
    return say_request(attack, zmtp,
                       &(struct ask){.service = "selection",
                                     .street = attack->home,
                                     .method = "jusha.selection.v1.SelectionService/ListNeeds",
                                     .timeout_ms = 60000,
                                     .after = INT64_C(1) << 40});
}

/* ---- the broker itself ---- */

bool say_mmi_echo(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    struct words words = {0};

    (void)port, (void)n;
    memcpy(large, "mmi.", 4);
    words_add_text(&words, MDP_CLIENT);
    words_add_text(&words, "\1");
    words_add(&words, large, LARGE);
    words_add_text(&words, "x");
    return words_say(attack, zmtp, &words);
}

bool say_mmi_services(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    static const char *const questions[] = {"mmi.services", "mmi.status", "mmi.service",
                                            "mmi.workers", "mmi.nothing"};
    struct words words = {0};

    (void)port;
    words_add_text(&words, MDP_CLIENT);
    words_add_text(&words, "\1");
    words_add_text(&words, questions[n % (sizeof questions / sizeof *questions)]);
    words_add_text(&words, "registry");
    return words_say(attack, zmtp, &words);
}

static bool say_texts(struct attack *attack, struct zmtp *zmtp, const char *const *texts)
{
    struct words words = {0};

    for (; *texts; texts++)
        words_add_text(&words, *texts);
    return words_say(attack, zmtp, &words);
}
#define SAY(attack, zmtp, ...) say_texts(attack, zmtp, (const char *const[]){__VA_ARGS__, NULL})

bool say_other_versions(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    static const char *const rows[][7] = {
        {"MDPC01", "\1", "registry", "x"},
        {"MDPW01", "\1", "registry"},
        {"MDPC02", "\2", "registry", "x"},
        {"MDPC02", "\3", "registry", "x", "y"},
        {"MDPC02"},
        {""},
        {"", "", "MDPC02", "\1", "r", "x"},
        {"MDPW02", "\2", "", "x"},
        {"MDPW02", "\4", "ticket", "", "x"},
        {"MDPW02", "\xff"},
        {"MDPC02", "\1", "a b c", "x", "y"},
        {"MDPC02", "\1", "registry@", "x"},
    };

    (void)port;
    return say_texts(attack, zmtp, rows[n % (sizeof rows / sizeof *rows)]);
}

bool say_hello(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    static const char *const beats[] = {MDP_WORKER, "\5", NULL};

    if (port == PORT_CLIENT)
        return say_mmi_services(attack, zmtp, port, n);
    if (port == PORT_WORKER)
        return n % 2 ? say_texts(attack, zmtp, beats)
                     : SAY(attack, zmtp, MDP_WORKER, "\1", attack->certificate.name);
    return SAY(attack, zmtp, port == PORT_SUBSCRIBE ? "\3" : "?");
}

/* ---- events ---- */

bool say_follow_others(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    char follow[1 + FEED_TOPIC_MAX];
    struct words words = {0};
    int size;

    (void)port;
    memset(follow, 'a', sizeof follow);
    size = snprintf(follow, sizeof follow, "\1%s/%llu/", attack->street, (unsigned long long)n);
    follow[size] = 'a';
    words_add(&words, follow, n % 4 ? sizeof follow : (size_t)size);
    return words_say(attack, zmtp, &words);
}

bool say_follow_noise(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    char noise[64];
    struct words words = {0};

    (void)port;
    snprintf(noise, sizeof noise, " %s/", attack->street);
    noise[0] = (char)(n % 0x20);
    words_add(&words, noise, n % 3 ? strlen(noise + 1) + 1 : 1);
    if (n % 5 == 0)
        words_add_text(&words, attack->street);
    return words_say(attack, zmtp, &words);
}

bool say_publication(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    static const char *const shapes[] = {"%s/registry/UnitRegistered", "!registry/%s",
                                         "?registry%s", "%s/selection/", "\1%s/"};
    char topic[FEED_TOPIC_MAX];
    struct words words = {0};

    (void)port;
    memset(topic, 'x', sizeof topic);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(topic, sizeof topic, shapes[n % (sizeof shapes / sizeof *shapes)], attack->street);
#pragma GCC diagnostic pop
    words_add(&words, topic, sizeof topic);
    return words_say(attack, zmtp, &words);
}

/* ---- workers ---- */

bool say_ready(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    char address[128];

    (void)port;
    snprintf(address, sizeof address, "registry@%s", attack->street);
    switch (n % 6) {
    case 0:
        return SAY(attack, zmtp, MDP_WORKER, "\1", "registry", "64");
    case 1:
        return SAY(attack, zmtp, MDP_WORKER, "\1", address, "64");
    case 2:
        return SAY(attack, zmtp, MDP_WORKER, "\1", attack->certificate.name);
    case 3:
        return SAY(attack, zmtp, MDP_WORKER, "\4", "0123456789abcdef", "", "x", "y");
    case 4:
        return SAY(attack, zmtp, MDP_WORKER, "\6");
    default:
        return SAY(attack, zmtp, MDP_WORKER, "\5");
    }
}
/* NOLINTEND(bugprone-not-null-terminated-result) */
