/* SPDX-License-Identifier: Apache-2.0 */
/* made.c - valid messages of a type for mutators */
#include "made.h"

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "tests/unit/random_message.h"

enum { DEPTH = 4 };

static size_t put(const void *from, size_t size, uint8_t *to, size_t room)
{
    if (size > room)
        return 0;
    if (size > 0)
        memcpy(to, from, size);
    return size;
}

size_t made_packed(const ProtobufCMessageDescriptor *type, unsigned seed, uint8_t *to, size_t room)
{
    void *memory = mem_check(talloc_new(NULL));
    struct random random = random_start(seed);
    ProtobufCBinaryData packed = wire_pack(memory, random_message(memory, &random, type, DEPTH));
    size_t size = put(packed.data, packed.len, to, room);

    talloc_free(memory);
    return size;
}

size_t made_json(const ProtobufCMessageDescriptor *type, unsigned seed, uint8_t *to, size_t room)
{
    void *memory = mem_check(talloc_new(NULL));
    struct random random = random_start(seed);
    const char *text = json_text(memory, random_message(memory, &random, type, DEPTH));
    size_t size = put(text, strlen(text), to, room);

    talloc_free(memory);
    return size;
}
