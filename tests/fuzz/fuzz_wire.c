/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_wire.c - packed bytes of every message type of the contract
 *
 *   bytes -> wire_check, unpack -> pack -> unpack -> pack: the same
 *                               -> JSON -> message -> pack: the same
 */
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
    return made_packed(types_message(name), seed, to, room);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return named_mutate(names, data, size, max_size, seed, made);
}

/* What was unpacked is a valid message. Its own packed form need not be let in again for one reason
 * only: numbers that came packed in one field can need more memory when each stands alone. */
static void check_again(const void *memory, const ProtobufCMessage *message)
{
    struct violations violations = {0};
    ProtobufCBinaryData first = wire_pack(memory, message);
    ProtobufCMessage *again;

    if (wire_unpack(memory, message->descriptor, first.data, first.len, &violations, &again) !=
        STATUS_OK) {
        assert(strcmp(violations.item[0].rule, "elements") == 0);
        return;
    }
    ProtobufCBinaryData second = wire_pack(memory, again);

    assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
}

/* A message that JSON can say at all comes back as it was. */
static void check_json(const void *memory, const ProtobufCMessage *message)
{
    struct violations violations = {0};
    ProtobufCMessage *back;
    json_t *json = json_from_message(message);
    enum status status = json_to_message(memory, message->descriptor, json, &violations, &back);

    json_decref(json);
    if (status == STATUS_OK)
        talloc_free(json_text(memory, back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct named named = named_read(names, data, size);
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (named.name && wire_unpack(memory, types_message(named.name), named.data, named.size,
                                  &violations, &message) == STATUS_OK) {
        check_again(memory, message);
        check_json(memory, message);
    } else if (named.name) {
        assert(violations.count == 1 && violations.item[0].rule[0]);
    }
    talloc_free(memory);
    return 0;
}
