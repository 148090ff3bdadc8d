/* SPDX-License-Identifier: Apache-2.0 */
/* test_packed_event.c - a page of a journal is walked by its events, whatever stands beside them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <string.h>
#include <cmocka.h>

#include "journal_cloud_event.pb-c.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/packed_event.h"

enum { FIRST = 7, EVENTS = 3 };

/* Events FIRST, FIRST + 1, … and the head, with so many bytes behind them. */
static struct bytes page_with(const void *parent, const void *more, size_t size)
{
    static const char *const sequences[EVENTS] = {"00000000000000000007", "00000000000000000008",
                                                  "00000000000000000009"};
    Journal__ReadResponse response = JOURNAL__READ_RESPONSE__INIT;
    Journal__CloudEvent *events[EVENTS];

    for (size_t i = 0; i < EVENTS; i++) {
        Journal__CloudEvent__AttributesEntry *entry =
            wire_new(parent, &journal__cloud_event__attributes_entry__descriptor);
        Journal__CloudEventAttributeValue *value =
            wire_new(parent, &journal__cloud_event_attribute_value__descriptor);

        value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
        value->ce_string = (char *)sequences[i];
        entry->key = (char *)"sequence";
        entry->value = value;
        events[i] = wire_new(parent, &journal__cloud_event__descriptor);
        events[i]->attributes = mem_array(parent, Journal__CloudEvent__AttributesEntry *, 1);
        events[i]->attributes[events[i]->n_attributes++] = entry;
    }
    response.events = events;
    response.n_events = EVENTS;
    response.head = 300;
    ProtobufCBinaryData packed = wire_pack(parent, &response.base);
    uint8_t *bytes = mem_bytes(parent, packed.len + size);
    memcpy(bytes, packed.data, packed.len);
    memcpy(bytes + packed.len, more, size);
    return (struct bytes){bytes, bytes + packed.len + size};
}

static int64_t check(const char *more, size_t size)
{
    void *memory = mem_check(talloc_new(NULL));
    struct bytes page = page_with(memory, more, size), event;
    struct point last = {0};
    int64_t first = 0, seq = FIRST, count = packed_page_check(page, FIRST - 1, &first, &last);

    if (count > 0) {
        assert_int_equal(first, FIRST);
        assert_int_equal(last.seq, FIRST + EVENTS - 1);
    }
    while (packed_next_event(&page, &event))
        assert_int_equal(packed_event_point(event).seq, seq++);
    assert_int_equal(seq, FIRST + EVENTS);
    talloc_free(memory);
    return count;
}

static void passes_over_what_a_newer_version_adds(void **state)
{
    (void)state;
    assert_int_equal(check("", 0), EVENTS);
    assert_int_equal(check("\x18\x96\x01", 3), EVENTS);             /* a number */
    assert_int_equal(check("\x21\0\0\0\0\0\0\0\0", 9), EVENTS);     /* 64 bits */
    assert_int_equal(check("\x2d\0\0\0\0", 5), EVENTS);             /* 32 bits */
    assert_int_equal(check("\x32\x02hi\x18\x01\x32\0", 8), EVENTS); /* texts */
}

static void refuses_what_is_no_page(void **state)
{
    static const char *const cut[] = {"\x18",       "\x18\x96",   "\x21\1\1\1\1\1\1\1",
                                      "\x2d\1\1\1", "\x32\x03hi", "\x33",
                                      "\x34",       "\x36",       "\x37"};

    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        assert_int_equal(check(cut[i], strlen(cut[i])), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_over_what_a_newer_version_adds),
        cmocka_unit_test(refuses_what_is_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
