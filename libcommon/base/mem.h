/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.h - talloc that never returns NULL
 *
 * Out of memory ends the process (abort) and whoever runs it starts it again, so no caller checks.
 * parent may be NULL for what lives as long as the process. A tree of one NULL-parent context may
 * be used by one thread at a time; different trees by different threads.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <talloc.h>

#define mem_new(parent, type) ((type *)mem_check(talloc_zero(parent, type)))
#define mem_array(parent, type, count) ((type *)mem_check(talloc_zero_array(parent, type, count)))
#define mem_bytes(parent, size) mem_check(talloc_size(parent, size))
#define mem_copy(parent, data, size) mem_check(talloc_memdup(parent, data, size))
#define mem_text(parent, text) ((char *)mem_check(talloc_strdup(parent, text)))
#define mem_printf(parent, ...) ((char *)mem_check(talloc_asprintf(parent, __VA_ARGS__)))

void *mem_check(void *pointer);

/* An allocator for one message: protobuf-c allocates under parent and is refused beyond limit bytes
 * in all, so that unpacking fails like on garbage. The message's own struct, which is allocated
 * first, owns all the rest: talloc_free or talloc_steal of the message take everything. Its parts
 * are cut from blocks and are no talloc objects. The allocator lives under parent too and may be
 * freed when the message is unpacked. */
ProtobufCAllocator *mem_allocator(const void *parent, size_t limit);
