/* SPDX-License-Identifier: Apache-2.0 */
/* pitch.c - step 4: a need is claimed with a resource, which is then booked every week */
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

enum { NOTICE_DAYS = 3, HOUR_SECONDS = 60 * 60 };

static const char community[] = "头格社区", neighbour[] = "七格社区", need_title[] = "居民运动场地",
                  owner[] = "中交二航局八堡船闸项目部", other[] = "中策橡胶集团",
                  pitch[] = "项目部篮球场", series[] = "周末篮球开放", duty[] = "活动后清扫";

/* ---- the claim ---- */

static json_t *get_need(struct story *story, const char *need_id)
{
    return json_path_get(
        story_ask(story, story->cast.toge_staff, "GetNeed", json_pack("{s:s}", "needId", need_id)),
        "need");
}

static json_t *claim_of(const char *need_id, const char *unit_id, const char *resource_id)
{
    return json_pack("{s:{s:s, s:s, s:s}}", "claim", "needId", need_id, "leadUnitId", unit_id,
                     "resourceId", resource_id);
}

static void claim(struct story *story, json_t *need, const char *need_id, const char *resource_id)
{
    const struct cast *cast = &story->cast;
    const char *status = json_path_text(need, "status");

    if (strcmp(status, "NEED_STATUS_OPEN") != 0 && strcmp(status, "NEED_STATUS_CLAIMED") != 0) {
        story_say(story, PITCH_THERE, need_title);
        return;
    }
    if (strcmp(status, "NEED_STATUS_OPEN") == 0) {
        story_ask(story, cast->babao_contact, "ClaimNeed",
                  claim_of(need_id, cast->babao, resource_id));
        story_say(story, PITCH_CLAIMED, owner, pitch, need_title);
    }
    const char *claim_id = story_text(story, get_need(story, need_id), "claim_id");
    json_t *submitted = json_path_get(
        story_ask(story, cast->toge_staff, "GetClaim", json_pack("{s:s}", "claimId", claim_id)),
        "claim");
    story_ask(story, cast->toge_staff, "ReviewClaim",
              story_action(submitted, "claim_id", "CLAIM_ACTION_APPROVE", ""));
    story_say(story, PITCH_APPROVED, community);
}

static void check_claim(struct story *story, const char *need_id, const char *resource_id)
{
    const struct cast *cast = &story->cast;
    json_t *need = get_need(story, need_id);
    const char *claim_id = story_text(story, need, "claim_id");
    json_t *approved = json_path_get(
        story_ask(story, cast->babao_contact, "GetClaim", json_pack("{s:s}", "claimId", claim_id)),
        "claim");

    story_check(story,
                strcmp(json_path_text(need, "status"), "NEED_STATUS_IN_PROGRESS") == 0 &&
                    strcmp(json_path_text(approved, "status"), "CLAIM_STATUS_APPROVED") == 0 &&
                    strcmp(json_path_text(approved, "lead_unit_id"), cast->babao) == 0 &&
                    strcmp(json_path_text(approved, "resource_id"), resource_id) == 0,
                PITCH_NEED);
    story_refused(story, cast->zhongce_contact, "ClaimNeed", claim_of(need_id, cast->zhongce, ""),
                  "claimed", owner, PITCH_RIVAL, other);
    story_expect(story, "头格社区专干丙", cast->toge_staff, "need_claimed", claim_id);
    story_expect(story, owner, cast->babao_contact, "claim_approved", claim_id);
}

/* ---- the bookings ---- */

json_t *story_publish(struct story *story, struct actor as, const char *title)
{
    json_t *activities =
        story_list(story, story->street, "ListActivities", "activities", json_object());
    json_t *activity = story_loaded(story, activities, "title", title);
    bool draft = strcmp(json_path_text(activity, "status"), "ACTIVITY_STATUS_DRAFT") == 0;

    if (draft)
        story_ask(story, as, "ChangeActivity",
                  story_action(activity, "activity_id", "ACTIVITY_ACTION_PUBLISH", ""));
    json_t *occurrences =
        story_list(story, as, "ListOccurrences", "occurrences",
                   json_pack("{s:s, s:s}", "activityId", json_path_text(activity, "activity_id"),
                             "status", "OCCURRENCE_STATUS_SCHEDULED"));
    const char *count = story_number(story, json_array_size(occurrences));
    story_say_list(story, draft ? TEXT_SERIES_PUBLISHED : TEXT_SERIES_THERE,
                   (const char *const[]){title, count, NULL});
    json_t *bookings = story_list(story, as, "ListBookings", "bookings",
                                  json_pack("{s:s, s:s}", "resourceId",
                                            json_path_text(activity, "resource_id"), "status",
                                            "BOOKING_STATUS_BOOKED")),
           *occurrence;
    size_t i, booked = 0;
    json_array_foreach(occurrences, i, occurrence)
    {
        json_t *booking =
            story_find(bookings, "occurrence_id", json_path_text(occurrence, "occurrence_id"));

        booked +=
            json_equal(json_path_get(booking, "start_time"),
                       json_path_get(occurrence, "start_time")) &&
            json_equal(json_path_get(booking, "end_time"), json_path_get(occurrence, "end_time"));
    }
    story_check(story, booked > 0 && booked == json_array_size(occurrences), SERIES_BOOKED, title,
                count);
    return occurrences;
}

/* The first occurrence that can still be booked; NULL if there is none. */
static json_t *next_of(struct story *story, json_t *occurrences)
{
    const char *soonest = story_time(story, NOTICE_DAYS);
    json_t *occurrence;
    size_t i;

    json_array_foreach(occurrences, i, occurrence)
    {
        if (strcmp(json_path_text(occurrence, "start_time"), soonest) > 0)
            return occurrence;
    }
    return NULL;
}

/* So many seconds behind a time of the server. */
static const char *later(struct story *story, const char *time, int64_t seconds)
{
    char text[CLOCK_TEXT];
    int64_t at;
    int32_t nanos;

    if (!clock_parse(time, &at, &nanos) || !clock_format(at + seconds, 0, text))
        return "";
    return mem_text(story->memory, text);
}

static json_t *booking_of(struct story *story, const json_t *occurrence, const char *community_id)
{
    const char *start = json_path_text(occurrence, "start_time");

    return json_pack("{s:{s:s, s:s, s:s, s:s}}", "booking", "resourceId",
                     json_path_text(occurrence, "resource_id"), "communityId", community_id,
                     "startTime", later(story, start, HOUR_SECONDS), "endTime",
                     later(story, start, (int64_t)2 * HOUR_SECONDS));
}

static void check_bookings(struct story *story, json_t *occurrences)
{
    const struct cast *cast = &story->cast;
    const json_t *next = next_of(story, occurrences);

    if (next == NULL) {
        story_say(story, SERIES_OVER, series);
        return;
    }
    const char *booking_id = story_text(story, next, "booking_id");
    json_t *booking = json_path_get(story_ask(story, cast->toge_staff, "GetBooking",
                                              json_pack("{s:s}", "bookingId", booking_id)),
                                    "booking");
    story_check(story, strcmp(json_path_text(booking, "conditions.duty"), duty) == 0,
                BOOKING_FROZEN, json_path_text(booking, "conditions.duty"));
    story_refused(story, cast->toge_staff, "BookResource", booking_of(story, next, cast->toge),
                  "booked", booking_id, BOOKING_RIVAL);
    story_refused(story, cast->qige_staff, "BookResource", booking_of(story, next, cast->qige),
                  "conditions.who", NULL, BOOKING_WHO, neighbour);
}

void story_of_pitch(struct story *story)
{
    json_t *needs = story_list(story, story->street, "ListNeeds", "needs", json_object());
    json_t *resources =
        story_list(story, story->street, "ListResources", "resources", json_object());
    json_t *need = story_loaded(story, needs, "title", need_title);
    const char *need_id = story_text(story, need, "need_id");
    const char *resource_id =
        story_text(story, story_loaded(story, resources, "name", pitch), "resource_id");

    claim(story, need, need_id, resource_id);
    check_claim(story, need_id, resource_id);
    check_bookings(story, story_publish(story, story->cast.toge_staff, series));
}
