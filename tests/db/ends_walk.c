/* SPDX-License-Identifier: Apache-2.0 */
/* ends_walk.c - runs the statements of a service's table of ends */
#include "ends_walk.h"

#include <string.h>

#include "libcommon/service/following/ending.h"
#include "libcommon/service/method/envelope.h"

enum { ROWS_MAX = 16 };

static const struct end *looked_at;
static const char *ended;
static int found[ROWS_MAX];

/* A handler, so that statements run as they do in a service. */
static enum status look(struct call *call)
{
    const struct why why = why_ended(call, looked_at->rule, ended, "");
    enum status status = STATUS_OK;
    int i = 0;

    for (const struct ending *row = looked_at->endings; status == STATUS_OK && row->of;
         row++, i++) {
        const PGresult *rows = NULL;
        assert_true(i < ROWS_MAX);
        if (row->open)
            status = db_query(call, row->open, &why.cause->base, &rows);
        found[i] = rows ? PQntuples(rows) : 0;
    }
    return status;
}

static void walk(struct bed *bed, const char *rule, const char *object_id, bool open)
{
    static const struct method row = {.scope = SCOPE_STREET, .command = look};
    const struct endpoint endpoint = {.row = &row, .name = "look", .service = bed_service};
    static const struct timer_source source = {"look", "", ""};

    looked_at = bed_service->ends;
    while (looked_at->rule && strcmp(looked_at->rule, rule) != 0)
        looked_at++;
    assert_non_null(looked_at->rule);
    ended = object_id;
    struct call *call = envelope_own(&endpoint, bed->street, ORIGIN_TIMER);
    call->source.timer = &source;
    bed_run(bed, call);
    assert_int_equal(call->status, STATUS_OK);
    for (int i = 0; looked_at->endings[i].of; i++)
        if (looked_at->endings[i].open && (found[i] > 0) != open)
            fail_msg("%s: %s.%s: %d are open%s", rule, looked_at->endings[i].of->short_name,
                     looked_at->endings[i].by, found[i],
                     open ? "; the test makes one of each before it ends what they point to" : "");
    bed_free(call);
}

void ends_assert_open(struct bed *bed, const char *rule, const char *object_id)
{
    walk(bed, rule, object_id, true);
}

void ends_assert_closed(struct bed *bed, const char *rule, const char *object_id)
{
    walk(bed, rule, object_id, false);
}
