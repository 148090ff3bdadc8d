/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - jusha keys list: who may connect, until when, and how many data keys a service has */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "keys/known.h"
#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"
#include "output.h"
#include "services/service_names.h"
#include "table.h"

enum { SOON_DAYS = 30 };

struct listing {
    const struct keys_arguments *arguments;
    struct revoked *revoked; /* parent of the table */
    struct table *table;
    int64_t now_us;
    bool all; /* could be read */
};

/* For machines; people see what needs them only. */
static const char *state_of(const struct listing *listing, const struct certificate *certificate)
{
    int64_t days_left = certificate_days_left(certificate, listing->now_us);

    if (revoked_find(listing->revoked, certificate->public_key))
        return "REVOKED";
    return days_left < 0 ? "EXPIRED" : days_left <= SOON_DAYS ? "EXPIRES" : "VALID";
}

static const char *describe_end(const struct listing *listing,
                                const struct certificate *certificate)
{
    const char *state = state_of(listing, certificate), *until = certificate->until;
    int64_t days_left = certificate_days_left(certificate, listing->now_us);

    if (strcmp(state, "REVOKED") == 0)
        return speak("revoked");
    if (strcmp(state, "EXPIRED") == 0)
        return mem_printf(listing->table, speak("%s, expired"), until);
    if (strcmp(state, "EXPIRES") == 0)
        return mem_printf(listing->table, speak("%s, in %d days"), until, (int)days_left);
    return *until ? until : "-";
}

static void print_json(const struct listing *listing, const struct certificate *certificate,
                       bool has_secret)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s*, s:s}", "name", certificate->name,
                             "role", role_name(certificate->role), "streets", certificate->streets,
                             "publicKey", certificate->public_key, "secret", has_secret, "until",
                             certificate->until[0] ? certificate->until : NULL, "state",
                             state_of(listing, certificate));

    output_json(line, JSON_COMPACT);
    json_decref(line);
}

static bool list_one(void *context, const char *file, const struct certificate *certificate)
{
    struct listing *listing = context;
    bool has_secret = keys_has(listing->arguments, file, "_secret");

    if (!certificate)
        listing->all = false;
    else if (listing->arguments->common.json)
        print_json(listing, certificate, has_secret);
    else
        table_row(listing->table,
                  (const char *const[]){certificate->name, role_name(certificate->role),
                                        certificate->streets, has_secret ? speak("here") : "-",
                                        describe_end(listing, certificate)});
    return true;
}

/* Only how many: which they are is nobody's business. */
static void list_data_keys(struct listing *listing)
{
    static const char *const services[] = {
#define X(name, NAME) #name,
        SERVICE_NAMES(X)
#undef X
    };
    static const char *const headings[] = {SPOKEN("service"), SPOKEN("data keys"), NULL};
    struct table *table = table_new(listing->revoked, headings);
    bool any = false;

    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        int count = data_keys_count(keys_path(table, listing->arguments, services[i], ".data_key"));

        if (count < 0)
            continue;
        any = true;
        if (listing->arguments->common.json) {
            json_t *line = json_pack("{s:s, s:i}", "service", services[i], "dataKeys", count);

            output_json(line, JSON_COMPACT);
            json_decref(line);
        } else {
            table_row(table, (const char *const[]){services[i], mem_printf(table, "%d", count)});
        }
    }
    if (any && !listing->arguments->common.json) {
        putchar('\n');
        table_print(table, stdout);
    }
}

enum exit_code keys_list(const struct keys_arguments *arguments)
{
    static const char *const headings[] = {SPOKEN("name"),   SPOKEN("role"),  SPOKEN("streets"),
                                           SPOKEN("secret"), SPOKEN("until"), NULL};
    struct listing listing = {.arguments = arguments,
                              .revoked = revoked_read(NULL, arguments->folder),
                              .now_us = clock_unix_us(),
                              .all = true};

    if (!listing.revoked)
        return complain(EXIT_CODE_REFUSED, speak("%s/revoked cannot be read: %s"),
                        arguments->folder, strerror(errno));
    listing.table = table_new(listing.revoked, headings);
    bool read = keys_each(arguments, list_one, &listing);

    if (read) {
        table_print(listing.table, stdout);
        list_data_keys(&listing);
    }
    talloc_free(listing.revoked);
    if (!read)
        return EXIT_CODE_USAGE;
    return listing.all ? EXIT_CODE_OK : EXIT_CODE_REFUSED;
}
