/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_page.c - page tokens, forged ones and our own
 *
 * The first byte chooses. A token as it stands is refused, or leads behind a key that the list can
 * have. A token that we made for a key leads behind that key, and for another filter nowhere.
 */
#include <stdlib.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/service/method/page.h"
#include "registry_service.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services.h"
#include "target.h"

enum { KEY_MAX = 200 /* longest that page.c can put into a token */, TEXT_OID = 25 };

static const char list_units[] = "jusha.registry.v1.RegistryService/ListUnits";

void target_start(void)
{
    services_start();
}

/* A list of units with this token and this filter. */
static struct call *new_list(const char *token, Registry__UnitKind kind)
{
    struct call *call = services_call(list_units, NULL, 0);
    Registry__ListUnitsRequest *request = wire_new(call, call->endpoint->request);

    request->page_token = (char *)token;
    request->kind = kind;
    call->request = request;
    call->response = wire_new(call, call->endpoint->response);
    return call;
}

static void open_forged(const char *token)
{
    struct call *call = new_list(token, REGISTRY__UNIT_KIND__UNIT_KIND_BANK);

    if (page_open(call) == STATUS_OK)
        assert(text_is_uuid(call->page_after));
    else
        assert(call->violations.count == 1);
    talloc_free(call);
}

/* One row whose key is this, as PostgreSQL would return it. */
static PGresult *row_of(const char *key)
{
    char name[] = "unit_id";
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = name, .typid = TEXT_OID, .typlen = -1, .atttypmod = -1};
    int good =
        PQsetResultAttrs(rows, 1, &column) && PQsetvalue(rows, 0, 0, (char *)key, (int)strlen(key));

    assert(good);
    return rows;
}

static void open_own(const char *key)
{
    PGresult *rows = row_of(key);
    struct call *call = new_list("", REGISTRY__UNIT_KIND__UNIT_KIND_BANK);

    page_set_next(call, rows, 0);
    const Registry__ListUnitsResponse *response = call->response;
    struct call *next = new_list(response->next_page_token, REGISTRY__UNIT_KIND__UNIT_KIND_BANK);
    struct call *other = new_list(response->next_page_token, REGISTRY__UNIT_KIND__UNIT_KIND_SCHOOL);

    if (page_open(next) == STATUS_OK)
        assert(strcmp(next->page_after, key) == 0);
    else
        assert(!text_is_uuid(key));
    enum status refused = page_open(other);
    assert(refused == STATUS_INVALID_ARGUMENT);
    talloc_free(other);
    talloc_free(next);
    talloc_free(call);
    PQclear(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);

    if (data[0] % 2 == 0)
        open_forged(text);
    else if (text[0] && strlen(text) <= KEY_MAX)
        open_own(text);
    free(text);
    return 0;
}
