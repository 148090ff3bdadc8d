/* SPDX-License-Identifier: Apache-2.0 */
/* test_get_on.c - whatever is open in selection, somebody can get on with it, on any day */
#include "bed_selection.h"
#include "get_on_walk.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"
#include "services/selection/programme/programme.h"
#include "services/selection/project/project.h"
#include "services/selection/resource/resource.h"
#include "services/selection/tick_sheet/tick_sheet.h"

static char *resource(struct bed *bed)
{
    return bed_make(bed, "OfferResource",
                    bed_json(bed,
                             "{'resource': {'name': '%s', 'category': 'VENUE',"
                             " 'conditions': {'everyone': true}}}",
                             another_name(bed)));
}

static char *project(struct bed *bed)
{
    return bed_make(bed, "StartProject",
                    bed_json(bed,
                             "{'project': {'title': '共享车位', 'unitIds': ['%s'],"
                             " 'outcome': '划了六个车位'}}",
                             bed_unit(bed, another_name(bed))));
}

/* ---- the days of ticking ---- */

static char *programme(struct bed *bed)
{
    return bed_make(bed, "CreateProgramme",
                    bed_json(bed,
                             "{'programme': {'year': 2026, 'name': '%s', 'catalogue':"
                             " {'projects': [{'kind': 'MANDATORY', 'title': '上党课'}]},"
                             " 'tickFromOn': '2020-01-01', 'tickUntilOn': '2099-12-31'}}",
                             another_name(bed)));
}

static void set_programme(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE selection.programme SET tick_from_on = current_date + %d,"
            " tick_until_on = current_date + %d WHERE programme_id = '%s'",
            first, last, id);
}

static struct put_off put_off_programme(struct bed *bed, const char *id)
{
    return (struct put_off){
        "UpdateProgramme",
        bed_json(bed,
                 "{'programme': {'programmeId': '%s', 'tickUntilOn': '%s', 'revision': %ld},"
                 " 'updateMask': 'tickUntilOn'}",
                 id, day_from_now(bed, 30), revision_of(bed, "programme", "programme_id", id))};
}

static char *sheet(struct bed *bed)
{
    const char *of = programme(bed);

    bed_ok(bed, "ChangeProgramme",
           bed_json(bed, "{'programmeId': '%s', 'action': 'PUBLISH', 'revision': 1}", of));
    return bed_make(bed, "OpenTickSheet",
                    bed_json(bed, "{'programmeId': '%s', 'unitId': '%s'}", of,
                             bed_unit(bed, another_name(bed))));
}

static const char *programme_of(struct bed *bed, const char *sheet)
{
    return bed_text(bed, "SELECT programme_id FROM selection.tick_sheet WHERE sheet_id = '%s'",
                    sheet);
}

static void set_sheet(struct bed *bed, const char *id, int first, int last)
{
    set_programme(bed, programme_of(bed, id), first, last);
}

static struct put_off put_off_sheet(struct bed *bed, const char *id)
{
    return put_off_programme(bed, programme_of(bed, id));
}

/* ---- the days on which something is wanted ---- */

static char *need(struct bed *bed)
{
    return bed_make(bed, "RaiseNeed",
                    bed_json(bed, "{'need': {'title': '停车位', 'category': 'VENUE', 'quantity': 1,"
                                  " 'priority': 'HIGH', 'wantedFromOn': '2026-07-01',"
                                  " 'wantedToOn': '2099-12-31', 'deadlineOn': '2099-01-01'}}"));
}

static void set_need(struct bed *bed, const char *id, int first, int last)
{
    bed_sql(bed,
            "UPDATE selection.need SET wanted_from_on = current_date + %d,"
            " wanted_to_on = current_date + %d, deadline_on = current_date + %d"
            " WHERE need_id = '%s'",
            first, last, last, id);
}

static struct put_off put_off_need(struct bed *bed, const char *id)
{
    return (struct put_off){
        "UpdateNeed", bed_json(bed,
                               "{'need': {'needId': '%s', 'wantedToOn': '%s', 'deadlineOn': '%s',"
                               " 'revision': %ld}, 'updateMask': 'wantedToOn,deadlineOn'}",
                               id, day_from_now(bed, 30), day_from_now(bed, 20),
                               revision_of(bed, "need", "need_id", id))};
}

static char *claim(struct bed *bed)
{
    return bed_make(bed, "ClaimNeed",
                    bed_json(bed, "{'claim': {'needId': '%s', 'leadUnitId': '%s'}}", need(bed),
                             bed_unit(bed, another_name(bed))));
}

static const char *need_of(struct bed *bed, const char *claim)
{
    return bed_text(bed, "SELECT need_id FROM selection.claim WHERE claim_id = '%s'", claim);
}

static void set_claim(struct bed *bed, const char *id, int first, int last)
{
    set_need(bed, need_of(bed, id), first, last);
}

static struct put_off put_off_claim(struct bed *bed, const char *id)
{
    return put_off_need(bed, need_of(bed, id));
}

static void lets_somebody_get_on_on_any_day(void **state)
{
    enum { ALWAYS = BEFORE | WITHIN | AFTER };
    static const struct dated objects[] = {
        {{&resource_life_cycle, "resource", "ChangeResource", "resource_id"}, .make = resource},
        {{&project_life_cycle, "project", "ChangeProject", "project_id"}, .make = project},
        {{&programme_life_cycle, "programme", "ChangeProgramme", "programme_id"},
         .make = programme,
         .set_days = set_programme,
         .put_off = put_off_programme},
        {{&tick_sheet_life_cycle, "tick_sheet", "ChangeTickSheet", "sheet_id"},
         .make = sheet,
         .set_days = set_sheet,
         .put_off = put_off_sheet},
        {{&need_life_cycle, "need", "ChangeNeed", "need_id"},
         .make = need,
         .set_days = set_need,
         .put_off = put_off_need},
        {{&claim_life_cycle, "claim", "ReviewClaim", "claim_id"},
         .other_method = "ChangeClaim",
         .make = claim,
         .set_days = set_claim,
         .put_off = put_off_claim},
        {{0}},
    };
    static const struct standing standing[] = {
        {"need", "CLAIMED", TAKES_NO_STEP, ALWAYS, "its claim moves it, which is above"},
        {"need", "IN_PROGRESS", TAKES_NO_STEP, ALWAYS, "so does its claim, or its project"},
        {"need", "DONE", IS_NOT_PUT_OFF, ALWAYS, "what was brought is accepted or not, on any day"},
        {"claim", "DONE", IS_NOT_PUT_OFF, ALWAYS, "the same"},
        {0},
    };

    walk_get_on(*state, objects, standing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_somebody_get_on_on_any_day, bed_up, bed_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
