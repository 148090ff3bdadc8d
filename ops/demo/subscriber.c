/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.c - step 7: an outside subscriber breaks off, goes on from its cursor, misses
 * nothing; and what it reads names nobody
 */
#include <inttypes.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/subscriber.h"
#include "ops/cli/event_line.h"
#include "ops/cli/json_path.h"
#include "ops/cli/seen.h"
#include "ops/demo/steps.h"

enum { WAIT_MS = 200, SILENCE_MS = 15000, BREAK_OFF = 40 /* after so many events */ };

static const char watched[] = "scheduling";

/* What one reading came to. */
struct tally {
    size_t count;
    int64_t first, last; /* numbers of the one journal, or of the last of several */
    bool in_order;
    size_t names; /* events that hold a person's name */
};

static struct subscriber *subscribe(struct story *story, const char *const *services,
                                    const char *cursor)
{
    struct session *session = story->integrator.session;
    const struct subscriber_options options = {
        .street = story->options.street, .services = services, .cursor = cursor};

    return subscriber_new(session, session->zmq_context, session->client, story->options.brokers,
                          &session->own, session->broker_keys, &options);
}

/* Those whom the sample or the story has registered: whoever came later may be called as a thing is
 * called. People are listed in the order in which they came. */
static json_t *sample_people(struct story *story)
{
    json_t *people = story_list(story, story->street, "ListPeople", "people", json_object()),
           *person;
    const char *last = story->cast.shangsha_staff.id;
    size_t i;

    json_array_foreach(people, i, person)
    {
        if (strcmp(json_path_text(person, "person_id"), last) > 0)
            break;
    }
    while (json_array_size(people) > i)
        json_array_remove(people, json_array_size(people) - 1);
    return people;
}

static bool holds_name(const void *memory, const struct subscriber_event *event, json_t *people)
{
    const char *line = people == NULL ? "" : event_line_json(memory, event);
    json_t *person;
    size_t i;

    json_array_foreach(people, i, person)
    {
        const char *name = json_path_text(person, "name");

        if (*name != '\0' && strstr(line, name) != NULL)
            return true;
    }
    return false;
}

/* Until `most` events came, or all up to the newest. */
static struct tally read_events(struct subscriber *subscriber, size_t most, json_t *people)
{
    struct tally reading = {.in_order = true};
    int64_t heard_ms = clock_monotonic_ms();
    bool end = false;

    while (!end && reading.count < most && clock_monotonic_ms() - heard_ms < SILENCE_MS) {
        void *memory = talloc_new(NULL);
        struct subscriber_event event;
        enum status status = subscriber_next(subscriber, memory, WAIT_MS, &event);

        end = status == STATUS_NOT_FOUND && subscriber_caught_up(subscriber);
        if (status == STATUS_OK) {
            if (reading.count++ == 0)
                reading.first = event.seq;
            else
                reading.in_order &= event.seq == reading.last + 1;
            reading.last = event.seq;
            reading.names += holds_name(memory, &event, people);
            subscriber_done(subscriber, &event);
            heard_ms = clock_monotonic_ms();
        }
        talloc_free(memory);
    }
    return reading;
}

/* How far the story itself has written a journal. */
static int64_t position_of(struct story *story, const char *service)
{
    size_t count;
    const Bus__Position *const *positions = seen_positions(story->integrator.session->seen, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(positions[i]->service, service) == 0)
            return positions[i]->seq;
    return 0;
}

static const char *number(struct story *story, int64_t number)
{
    return mem_printf(story->memory, "%" PRId64, number);
}

static void break_off_and_go_on(struct story *story)
{
    static const char *const services[] = {watched, NULL};
    const char *cursor = mem_printf(story->memory, "story %s", story_time(story, 0));
    struct subscriber *subscriber = subscribe(story, services, cursor);
    struct tally before = read_events(subscriber, BREAK_OFF, NULL);

    if (subscriber_flush(subscriber) != STATUS_OK)
        before.in_order = false;
    talloc_free(subscriber);
    story_say(story, SUBSCRIBER_STOPPED, number(story, before.last));

    subscriber = subscribe(story, services, cursor);
    struct tally after = read_events(subscriber, SIZE_MAX, NULL);
    talloc_free(subscriber);
    story_check(story,
                before.in_order && before.first == 1 && after.in_order &&
                    after.first == before.last + 1 && after.last >= position_of(story, watched),
                SUBSCRIBER_WHOLE, watched, number(story, after.last));
}

static void look_for_names(struct story *story)
{
    static const char *const services[] = {"registry", "selection", watched, NULL};
    json_t *people = sample_people(story);
    struct subscriber *subscriber = subscribe(story, services, NULL);
    struct tally all = read_events(subscriber, SIZE_MAX, people);

    talloc_free(subscriber);
    story_check(story, all.count > 0 && all.names == 0, NO_NAMES, story_number(story, all.count),
                story_number(story, json_array_size(people)));
}

void story_of_subscriber(struct story *story)
{
    break_off_and_go_on(story);
    look_for_names(story);
}
