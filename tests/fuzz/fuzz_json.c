/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_json.c - JSON of every message type of the contract
 *
 *   text -> message -> wire: a good one
 *                   -> JSON -> message -> JSON: the same
 */
#include <stdlib.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "made.h"
#include "named.h"

static const char *const *names;

void target_start(void)
{
    names = named_messages(NULL);
}

static size_t made(const char *name, unsigned seed, uint8_t *to, size_t room)
{
    return made_json(types_message(name), seed, to, room);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return named_mutate(names, data, size, max_size, seed, made);
}

static void check_wire(const void *memory, const ProtobufCMessage *message)
{
    struct violations violations = {0};
    ProtobufCBinaryData packed = wire_pack(memory, message);
    enum status status =
        wire_check(memory, message->descriptor, packed.data, packed.len, &violations);

    assert(status == STATUS_OK || strcmp(violations.item[0].rule, "elements") == 0);
}

static void check_again(const void *memory, const ProtobufCMessage *message)
{
    struct violations violations = {0};
    const char *first = json_text(memory, message);
    ProtobufCMessage *again;
    enum status status = json_parse(memory, message->descriptor, first, &violations, &again);

    assert(status == STATUS_OK);
    assert(strcmp(first, json_text(memory, again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct named named = named_read(names, data, size);

    if (!named.name)
        return 0;
    char *text = fuzz_text(named.data, named.size);
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (json_parse(memory, types_message(named.name), text, &violations, &message) == STATUS_OK) {
        check_wire(memory, message);
        check_again(memory, message);
    } else {
        assert(violations.count == 1 && violations.item[0].rule[0]);
    }
    if (json_parse_stored(memory, types_message(named.name), text, &message) == STATUS_OK)
        check_wire(memory, message);
    talloc_free(memory);
    free(text);
    return 0;
}
