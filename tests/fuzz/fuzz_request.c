/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_request.c - the payload of every method of every service
 *
 *   bytes -> wire check, unpack, normalise, rules -> typed request, page token
 *                                                 -> the same once more: nothing changes
 */
#include "libcommon/base/mem.h"
#include "libcommon/service/method/page.h"
#include "made.h"
#include "named.h"
#include "services.h"

static const char *const *names;

void target_start(void)
{
    services_start();
    names = named_methods(NULL);
}

static size_t made(const char *name, unsigned seed, uint8_t *to, size_t room)
{
    return made_packed(methods_find(name)->request, seed, to, room);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return named_mutate(names, data, size, max_size, seed, made);
}

/* What passed its rules and was normalised by them passes them as it is. */
static void check_again(const struct call *call)
{
    ProtobufCBinaryData first = wire_pack(call, call->request);
    struct call *again = services_call(call->endpoint->name, first.data, first.len);

    if (method_decode(again) == STATUS_OK) {
        ProtobufCBinaryData second = wire_pack(again, again->request);
        assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    } else { /* see fuzz_wire.c */
        assert(strcmp(again->violations.item[0].rule, "elements") == 0);
    }
    talloc_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct named named = named_read(names, data, size);

    if (!named.name)
        return 0;
    struct call *call = services_call(named.name, named.data, named.size);

    if (method_decode(call) != STATUS_OK) {
        assert(call->status == STATUS_INVALID_ARGUMENT || call->request); /* the row's own check */
        assert(call->violations.count > 0 && call->message[0]);
    } else {
        check_again(call);
        if (call->endpoint->row->page.key && page_open(call) != STATUS_OK)
            assert(strcmp(call->violations.item[0].field, "page_token") == 0);
    }
    talloc_free(call);
    return 0;
}
