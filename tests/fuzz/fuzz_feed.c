/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_feed.c - what a subscriber, a follower and a relay read of events: numbers out of packed
 * bytes
 *
 * The same bytes as an event and as a page of a journal.
 */
#include "journal_cloud_event.pb-c.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/packed_event.h"
#include "made.h"

/* Half of the inputs are mutations of valid events and pages. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (seed % 8 == 0)
        size = made_packed(seed % 16 ? &journal__cloud_event__descriptor
                                     : &journal__read_response__descriptor,
                           seed, data, max_size);
    return LLVMFuzzerMutate(data, size, max_size);
}

/* A page whose numbers are in order: walked like a subscriber does. */
static void check_page(struct bytes page)
{
    enum { AFTER = 41 };
    struct point last = {0};
    int64_t first = AFTER + 1, count = packed_page_check(page, AFTER, &first, &last), seq = first;
    struct bytes event;

    assert(count >= -1 && (count < 0 || first > AFTER));
    assert(count <= 0 || last.seq == first + count - 1);
    for (; count > 0; count--, seq++) {
        bool more = packed_next_event(&page, &event);
        assert(more && packed_event_point(event).seq == seq);
    }
}

static void unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size)
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (wire_unpack(memory, type, data, size, &violations, &message) != STATUS_OK)
        assert(violations.count == 1);
    talloc_free(memory);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {data, data + size};
    const struct point point = packed_event_point(bytes);

    assert(point.seq == -1 || point.seq > 0);
    (void)packed_event_follows(bytes, &point);
    check_page(bytes);
    unpack(&journal__cloud_event__descriptor, data, size);
    unpack(&journal__read_response__descriptor, data, size);
    return 0;
}
