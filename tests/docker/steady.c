/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steady.c - asks all services at a steady rate until SIGTERM, and tells what became of it
 *
 *   steady --rate=200 --street=xiasha --brokers=… --broker_key=… --certificate=…
 *
 * By libcommon's client, as any caller does: what it asks again by itself counts as one request.
 * Prints {"sent":…,"ok":…,"failed":…,"longest_ms":…}; each that was refused in the end, and each
 * that took longer than a second, is a line on standard error.
 */
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/settings.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/client.h"
#include "libcommon/bus/context.h"

enum { TIMEOUT_MS = 30000, LONG_MS = 1000, OPEN_MAX = 16384 };

static const char *brokers, *certificate, *broker_key, *street;
static int64_t rate;

static const struct setting settings[] = {
    {"brokers", SETTING_TEXT, &brokers, NULL, 3, 1000, "", "host:port of their client ports"},
    {"certificate", SETTING_TEXT, &certificate, NULL, 1, 4000, "", "path of street staff's own"},
    {"broker_key", SETTING_TEXT, &broker_key, NULL, 1, 4000, "", "path of the brokers' public one"},
    {"street", SETTING_TEXT, &street, NULL, 1, 40, "", "street to ask of"},
    {"rate", SETTING_INT, &rate, "200", 1, 10000, "requests/s", "requests a second"},
    {0},
};

/* Asked by turns. Where there is a rest, a name that is new stands before it. */
static const struct {
    const char *service, *method, *json, *rest;
} asks[] = {
    {"registry", "jusha.registry.v1.RegistryService/RegisterUnit",
     "{\"unit\": {\"kind\": \"SHOP\", \"name\": \"", "\"}}"},
    {"registry", "jusha.registry.v1.RegistryService/ListUnits", "{\"pageSize\": 5}"},
    {"selection", "jusha.selection.v1.SelectionService/ListNeeds", "{\"pageSize\": 5}"},
    {"scheduling", "jusha.scheduling.v1.SchedulingService/ListActivities", "{\"pageSize\": 5}"},
    {"notification", "jusha.notification.v1.NotificationService/ListRules", "{}"},
};
enum { ASKS = sizeof asks / sizeof *asks };

static struct tally {
    uint64_t sent, answered, ok;
    int64_t longest_ms;
    int64_t sent_ms[OPEN_MAX]; /* by the request's number, modulo */
} tally;

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static void send_one(struct client *client)
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *message;
    size_t turn = tally.sent % ASKS;
    char *json = mem_text(memory, asks[turn].json);

    if (asks[turn].rest)
        json = mem_printf(memory, "%s%" PRId64 "%s", json, clock_unix_us(), asks[turn].rest);
    if (json_parse(memory, types_method(asks[turn].method, NULL)->input, json, &violations,
                   &message) != STATUS_OK)
        abort();
    uint64_t number = client_send(client, &(struct client_request){
                                              .service = asks[turn].service,
                                              .street = street,
                                              .method = asks[turn].method,
                                              .timeout_ms = TIMEOUT_MS,
                                              .payload = wire_pack(memory, message),
                                          });

    tally.sent_ms[number % OPEN_MAX] = clock_monotonic_ms();
    tally.sent++;
    talloc_free(memory);
}

static void take_one(const struct client_reply *reply)
{
    enum status status = (enum status)reply->header->code;
    int64_t took_ms = clock_monotonic_ms() - tally.sent_ms[reply->number % OPEN_MAX];

    tally.answered++;
    tally.ok += status == STATUS_OK;
    if (took_ms > tally.longest_ms)
        tally.longest_ms = took_ms;
    if (status != STATUS_OK || took_ms > LONG_MS)
        fprintf(stderr, "steady: %s after %" PRId64 " ms: %s\n", status_name(status), took_ms,
                reply->header->message);
}

/* The next answer, if one comes within this time; -1: if one is due at all. */
static bool take_next(struct client *client, int wait_ms)
{
    void *memory = mem_check(talloc_new(NULL));
    struct client_reply reply;
    bool came = client_next(client, memory, wait_ms, &reply);

    if (came)
        take_one(&reply);
    talloc_free(memory);
    return came;
}

static void take_until(struct client *client, int64_t due_ms)
{
    int64_t left_ms;

    do
        left_ms = due_ms - clock_monotonic_ms();
    while (left_ms > 0 && take_next(client, (int)left_ms));
}

static void ask(struct client *client)
{
    int64_t began_ms = clock_monotonic_ms();

    while (!stopped) {
        int64_t due = (clock_monotonic_ms() - began_ms) * rate / 1000 + 1;

        while ((int64_t)tally.sent < due)
            send_one(client);
        take_until(client, began_ms + (due * 1000 + rate - 1) / rate);
    }
    while (take_next(client, -1))
        ;
}

int main(int argc, char **argv)
{
    struct broker_keys *broker_keys = NULL;
    struct certificate own;
    struct sigaction action = {.sa_handler = stop};

    settings_load(argc, argv, "asks all services at a steady rate until SIGTERM",
                  (const struct setting *const[]){settings, NULL});
    sigaction(SIGTERM, &action, NULL);
    if (sodium_init() < 0 || certificate_load(certificate, &own) != STATUS_OK ||
        !(broker_keys = broker_keys_open(NULL, broker_key)))
        return EXIT_FAILURE;
    void *context = context_new();
    struct client *client = client_new(NULL, context, brokers, &own, broker_keys);

    ask(client);
    printf("{\"sent\":%" PRIu64 ",\"ok\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"longest_ms\":%" PRId64
           "}\n",
           tally.sent, tally.ok, tally.sent - tally.ok, tally.longest_ms);
    talloc_free(client);
    talloc_free(broker_keys);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
