/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_point.c - step 5: more volunteers than places, a waitlist in order, a promotion
 *
 * Used is the first occurrence that is still to come and nobody signed up for. Told again, the
 * story goes on with the one that the first volunteer signed up for (choose), and repeats nothing
 * that is done. A check that does not hold is counted and told; a request that fails ends the story
 * (tell.h).
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

enum { BEYOND = 3 /* so many more than places */ };

static const char series[] = "健康小屋·小缝小补·爱心理发";

struct crowd {
    json_t *volunteers, *occurrence;
    const char *occurrence_id;
    size_t places;
};

static struct actor volunteer(struct story *story, const struct crowd *crowd, size_t i)
{
    return (struct actor){story->gateway.session,
                          story_text(story, json_array_get(crowd->volunteers, i), "person_id")};
}

static json_t *sign_ups(struct story *story, const struct crowd *crowd)
{
    return story_list(story, story->street, "ListSignUps", "sign_ups",
                      json_pack("{s:s}", "occurrenceId", crowd->occurrence_id));
}

/* One volunteer's, whatever became of it; NULL if there is none. */
static json_t *sign_up_of(struct story *story, const struct crowd *crowd, json_t *list, size_t i)
{
    return story_find(list, "person_id", volunteer(story, crowd, i).id);
}

static bool is_in(const json_t *sign_up, const char *status)
{
    return strcmp(json_path_text(sign_up, "status"), status) == 0;
}

static json_t *choose(struct story *story, const struct crowd *crowd, json_t *occurrences)
{
    json_t *earlier = story_list(story, story->street, "ListSignUps", "sign_ups",
                                 json_pack("{s:s}", "personId", volunteer(story, crowd, 0).id)),
           *occurrence;
    const char *now = story_time(story, 0);
    size_t i;

    json_array_foreach(occurrences, i, occurrence)
    {
        const char *id = json_path_text(occurrence, "occurrence_id");

        if (story_find(earlier, "occurrence_id", id) != NULL)
            return occurrence;
    }
    json_array_foreach(occurrences, i, occurrence)
    {
        if (strcmp(json_path_text(occurrence, "start_time"), now) > 0 &&
            json_integer_value(json_path_get(occurrence, "taken")) == 0)
            return occurrence;
    }
    return NULL;
}

/* Each signs up for themselves, one after the other, unless they did before. */
static void fill(struct story *story, const struct crowd *crowd)
{
    json_t *before = sign_ups(story, crowd);
    size_t i;

    for (i = 0; i < crowd->places + BEYOND; i++)
        if (sign_up_of(story, crowd, before, i) == NULL)
            story_ask(story, volunteer(story, crowd, i), "SignUpPerson",
                      json_pack("{s:s, s:s}", "occurrenceId", crowd->occurrence_id, "personId",
                                volunteer(story, crowd, i).id));
    if (json_array_size(before) == 0)
        story_say(story, SIGNED_UP, story_number(story, i), story_number(story, crowd->places));
    else
        story_say(story, SIGN_UPS_THERE, story_number(story, json_array_size(before)));
}

/* In order of arrival: the first have a place, each of the others waits behind the one before. */
static void check_order(struct story *story, const struct crowd *crowd, json_t *list)
{
    json_int_t last = 0;
    bool in_order = true;

    for (size_t i = 0; i < crowd->places + BEYOND; i++) {
        json_t *sign_up = sign_up_of(story, crowd, list, i);
        json_int_t place = json_integer_value(json_path_get(sign_up, "place"));

        if (i < crowd->places) {
            in_order &= is_in(sign_up, "SIGN_UP_STATUS_SIGNED_UP");
        } else {
            in_order &= is_in(sign_up, "SIGN_UP_STATUS_WAITING") && place > last;
            last = place;
        }
    }
    story_check(story, in_order, WAITLIST_ORDER, story_number(story, crowd->places),
                story_number(story, BEYOND));
}

static void cancel_first(struct story *story, const struct crowd *crowd, json_t *list)
{
    static const char action[] = "SIGN_UP_ACTION_CANCEL";
    json_t *first = sign_up_of(story, crowd, list, 0), *second = sign_up_of(story, crowd, list, 1);

    story_refused(story, volunteer(story, crowd, 1), "SignUpPerson",
                  json_pack("{s:s, s:s}", "occurrenceId", crowd->occurrence_id, "personId",
                            volunteer(story, crowd, 1).id),
                  "ALREADY_EXISTS", NULL, SIGN_UP_TWICE);
    story_refused(story, volunteer(story, crowd, 2), "ChangeSignUp",
                  story_action(second, "sign_up_id", action, "替人取消"), "NOT_FOUND", NULL,
                  SIGN_UP_FOREIGN);
    story_ask(story, volunteer(story, crowd, 0), "ChangeSignUp",
              story_action(first, "sign_up_id", action, "临时有事"));
    story_say(story, CANCELLED);
}

/* Whoever tries the system may have signed up since: then they wait behind the story's. */
static void check_promotion(struct story *story, const struct crowd *crowd)
{
    json_t *list = sign_ups(story, crowd);
    json_t *occurrence =
        json_path_get(story_ask(story, story->cast.shangsha_staff, "GetOccurrence",
                                json_pack("{s:s}", "occurrenceId", crowd->occurrence_id)),
                      "occurrence");
    json_t *promoted = sign_up_of(story, crowd, list, crowd->places);
    size_t taken = (size_t)json_integer_value(json_path_get(occurrence, "taken")),
           waiting = (size_t)json_integer_value(json_path_get(occurrence, "waiting"));

    story_check(story,
                is_in(promoted, "SIGN_UP_STATUS_SIGNED_UP") && taken == crowd->places &&
                    taken == story_count(list, "status", "SIGN_UP_STATUS_SIGNED_UP") &&
                    waiting >= BEYOND - 1 &&
                    waiting == story_count(list, "status", "SIGN_UP_STATUS_WAITING"),
                PROMOTED, story_number(story, taken), story_number(story, crowd->places),
                story_number(story, waiting));
    story_expect(story, story_text(story, json_array_get(crowd->volunteers, crowd->places), "name"),
                 volunteer(story, crowd, crowd->places), "promoted",
                 story_text(story, promoted, "sign_up_id"));
}

void story_of_service_point(struct story *story)
{
    struct crowd crowd = {.volunteers =
                              story_list(story, story->street, "ListPeople", "people",
                                         json_pack("{s:s, s:s}", "kind", "PERSON_KIND_VOLUNTEER",
                                                   "status", "PERSON_STATUS_ACTIVE"))};
    json_t *occurrences = story_publish(story, story->cast.shangsha_staff, series);

    crowd.occurrence = choose(story, &crowd, occurrences);
    if (crowd.occurrence == NULL) {
        story_say(story, SERIES_OVER, series);
        return;
    }
    crowd.occurrence_id = story_text(story, crowd.occurrence, "occurrence_id");
    crowd.places = (size_t)json_integer_value(json_path_get(crowd.occurrence, "capacity"));
    fill(story, &crowd);
    json_t *list = sign_ups(story, &crowd);
    if (is_in(sign_up_of(story, &crowd, list, 0), "SIGN_UP_STATUS_SIGNED_UP")) {
        check_order(story, &crowd, list);
        cancel_first(story, &crowd, list);
    }
    check_promotion(story, &crowd);
}
