/* SPDX-License-Identifier: Apache-2.0 */
/* test_events.c - events as lines, for people and for machines, with and without a cursor */
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "bed.h"
#include "event_line.h"
#include "journal_cloud_event.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_events.pb-c.h"
#include "registry_unit.pb-c.h"

static void make_events(struct bed *bed, int count)
{
    for (int i = 0; i < count; i++) {
        const char *request =
            mem_printf(bed->memory, "{\"unit\": {\"name\": \"n%d\", \"kind\": \"SHOP\"}}", i);

        assert_int_equal(bed_run(bed, "call", "RegisterUnit", request, "--street", "xiasha").code,
                         0);
    }
}

static void prints_every_event_once_in_order(void **state)
{
    struct bed *bed = *state;

    make_events(bed, 7);
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha");
    assert_int_equal(outcome.code, 0);
    char *rest = outcome.out;
    for (int i = 1; i <= 7; i++) {
        const char *line = strsep(&rest, "\n");
        const char *start =
            mem_printf(bed->memory,
                       "2026-07-01T08:00:00Z %d registry.UnitRegistered event-%d {\"unit\":", i, i);

        assert_int_equal(strncmp(line, start, strlen(start)), 0);
    }
    assert_string_equal(rest, "");
}

static void starts_at_the_event_that_is_named(void **state)
{
    struct bed *bed = *state;

    make_events(bed, 5);
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha", "--from", "5", "--json");
    assert_int_equal(outcome.code, 0);
    json_t *event = json_loads(outcome.out, 0, NULL);
    assert_non_null(event);
    assert_string_equal(json_string_value(json_object_get(event, "sequence")),
                        "00000000000000000005");
    json_decref(event);
}

/* It ended with 0 once, as if all had been printed. */
static void begins_nowhere_beyond_the_journal(void **state)
{
    struct bed *bed = *state;

    make_events(bed, 2);
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha", "--from", "500");
    assert_int_not_equal(outcome.code, 0);
    assert_string_equal(outcome.out, "");
    assert_contains(outcome.err, "a number alone does not tell");
    assert_contains(outcome.err, "ABORTED the journal was restored");
}

static void goes_on_behind_a_number_and_an_id(void **state)
{
    static const char *const wrong[] = {"4", ":", "4:", "4:x",
                                        "0:01900000-0000-7000-8000-000000000004"};
    struct bed *bed = *state;

    make_events(bed, 5);
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha", "--after",
                                     "4:01900000-0000-7000-8000-000000000004");
    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out, " event-5 ");
    assert_null(strstr(outcome.out, " event-4 "));
    assert_null(strstr(outcome.err, "a number alone"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(bed_run(bed, "events", "--street", "xiasha", "--after", wrong[i]).code, 2);
}

static void goes_on_where_the_cursor_stands(void **state)
{
    struct bed *bed = *state;

    make_events(bed, 4);
    struct outcome first = bed_run(bed, "events", "--street", "xiasha", "--cursor", "c");
    assert_int_equal(first.code, 0);
    assert_contains(first.out, " event-4 ");
    make_events(bed, 2);
    struct outcome second = bed_run(bed, "events", "--street", "xiasha", "--cursor", "c");
    assert_int_equal(second.code, 0);
    assert_null(strstr(second.out, " event-4 "));
    assert_contains(second.out, " event-5 ");
    assert_contains(second.out, " event-6 ");
}

static void says_that_the_cursor_came_with_a_backup(void **state)
{
    struct bed *bed = *state;

    make_events(bed, 1);
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha", "--cursor", "kept");
    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out, " event-1 ");
    assert_contains(outcome.err, "the journal was restored since the cursor was moved");
}

static void ends_cleanly_on_a_signal_with_the_cursor_flushed(void **state)
{
    struct bed *bed = *state;
    static const int signals[] = {SIGINT, SIGTERM};
    const char *const follow[] = {"events",   "--street", "xiasha", "--follow",
                                  "--cursor", "c",        NULL};

    for (int i = 0; i < 2; i++) {
        make_events(bed, 3);
        struct running *running = program_start(bed->memory, follow);
        program_wait_for(running, mem_printf(bed->memory, " event-%d ", 3 * (i + 1)));
        struct outcome outcome = program_end(bed->memory, running, signals[i]);
        assert_int_equal(outcome.code, 0);
        assert_null(strstr(outcome.out, mem_printf(bed->memory, " event-%d ", 3 * i)));
    }
    assert_string_equal(bed_run(bed, "events", "--street", "xiasha", "--cursor", "c").out, "");
}

static void follows_what_happens_later(void **state)
{
    struct bed *bed = *state;
    const char *const follow[] = {"events", "--street", "xiasha", "--follow", NULL};

    make_events(bed, 1);
    struct running *running = program_start(bed->memory, follow);
    program_wait_for(running, " event-1 ");
    make_events(bed, 1);
    program_wait_for(running, " event-2 ");
    assert_int_equal(program_end(bed->memory, running, SIGTERM).code, 0);
}

static void gives_up_with_three_when_no_journal_answers(void **state)
{
    struct bed *bed = *state;
    struct outcome outcome = bed_run(bed, "events", "--street", "xiasha", "--timeout", "500",
                                     "--brokers", "127.0.0.1:1");

    assert_int_equal(outcome.code, 3);
}

static void does_not_move_past_what_could_not_be_written(void **state)
{
    struct bed *bed = *state;
    const char *command =
        mem_printf(bed->memory, "%s events --street xiasha --cursor c >/dev/full 2>/dev/null",
                   getenv("JUSHA_PROGRAM"));

    make_events(bed, 2);
    assert_int_equal(WEXITSTATUS(system(command)), 4);
    struct outcome again = bed_run(bed, "events", "--street", "xiasha", "--cursor", "c");
    assert_contains(again.out, " event-1 ");
}

/* `jusha events --follow | head -1`: it ends well, though nothing happens any more. */
static void ends_when_nobody_reads_it_any_more(void **state)
{
    struct bed *bed = *state;
    const char *command = mem_printf(bed->memory,
                                     "bash -c 'set -o pipefail; timeout 20 %s events --street "
                                     "xiasha --follow 2>%s/err | head -1'"
                                     " >%s/out",
                                     getenv("JUSHA_PROGRAM"), bed->folder, bed->folder);
    struct stat about;

    make_events(bed, 2);
    assert_int_equal(WEXITSTATUS(system(command)), 0);
    assert_int_equal(stat(mem_printf(bed->memory, "%s/err", bed->folder), &about), 0);
    assert_int_equal(about.st_size, 0);
}

/* A CloudEvent on the stack with all that it points to. */
struct cloud_event_sample {
    Registry__UnitRegistered registered;
    Google__Protobuf__Any any;
    Journal__CloudEventAttributeValue value;
    Journal__CloudEvent__AttributesEntry entry, *entries[1];
    Journal__CloudEvent event;
};

static struct subscriber_event sample_event(struct bed *bed, struct cloud_event_sample *sample,
                                            Registry__Unit *unit)
{
    registry__unit_registered__init(&sample->registered);
    google__protobuf__any__init(&sample->any);
    journal__cloud_event_attribute_value__init(&sample->value);
    journal__cloud_event__attributes_entry__init(&sample->entry);
    journal__cloud_event__init(&sample->event);
    sample->registered.unit = unit;
    sample->any.type_url = "type.googleapis.com/jusha.registry.v1.UnitRegistered";
    sample->any.value = wire_pack(bed->memory, &sample->registered.base);
    sample->value.attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    sample->value.ce_string = "u1";
    sample->entry.key = "subject";
    sample->entry.value = &sample->value;
    sample->entries[0] = &sample->entry;
    sample->event.id = "1";
    sample->event.source = "/streets/xiasha/registry";
    sample->event.spec_version = "1.0";
    sample->event.type = "jusha.registry.v1.UnitRegistered";
    sample->event.n_attributes = 1;
    sample->event.attributes = sample->entries;
    sample->event.data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    sample->event.proto_data = &sample->any;
    return (struct subscriber_event){.service = "registry", .seq = 12, .event = &sample->event};
}

static void writes_one_event_for_machines_and_for_people(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    struct cloud_event_sample sample;

    unit.name = "杭州联合银行";
    const struct subscriber_event of = sample_event(bed, &sample, &unit);
    assert_string_equal(
        event_line_json(bed->memory, &of),
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/streets/xiasha/registry\",\"type\":"
        "\"jusha.registry.v1.UnitRegistered\",\"subject\":\"u1\",\"datacontenttype\":"
        "\"application/json\",\"data\":{\"unit\":{\"name\":\"杭州联合银行\"}}}");
    assert_string_equal(event_line(bed->memory, &of),
                        "- 12 registry.UnitRegistered u1 {\"unit\":{\"name\":\"杭州联合银行\"}}");
}

static void cuts_long_data_for_people_between_characters(void **state)
{
    struct bed *bed = *state;
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    struct cloud_event_sample sample;
    char *name = mem_text(bed->memory, "");

    for (int i = 0; i < 200; i++)
        name = mem_check(talloc_strdup_append(name, "聚"));
    unit.name = name;
    const struct subscriber_event event = sample_event(bed, &sample, &unit);
    const char *line = event_line(bed->memory, &event);
    const char *head = "- 12 registry.UnitRegistered u1 {\"unit\":{\"name\":\"";
    const size_t shown = 160 - strlen("{\"unit\":{\"name\":\"");

    assert_int_equal(strncmp(line, head, strlen(head)), 0);
    assert_int_equal(strlen(line), strlen(head) + shown * 3 + strlen("…"));
    assert_string_equal(line + strlen(line) - strlen("聚…"), "聚…");
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_fresh, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(prints_every_event_once_in_order),
        on_bed(starts_at_the_event_that_is_named),
        on_bed(begins_nowhere_beyond_the_journal),
        on_bed(goes_on_behind_a_number_and_an_id),
        on_bed(goes_on_where_the_cursor_stands),
        on_bed(says_that_the_cursor_came_with_a_backup),
        on_bed(ends_cleanly_on_a_signal_with_the_cursor_flushed),
        on_bed(follows_what_happens_later),
        on_bed(gives_up_with_three_when_no_journal_answers),
        on_bed(does_not_move_past_what_could_not_be_written),
        on_bed(ends_when_nobody_reads_it_any_more),
        on_bed(writes_one_event_for_machines_and_for_people),
        on_bed(cuts_long_data_for_people_between_characters),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
