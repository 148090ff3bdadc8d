/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.c - the one place where lack of memory ends the process, and an arena for protobuf-c
 *
 * protobuf-c asks for a message's struct first and then for dozens of small pieces. The arena cuts
 * all of them from a few talloc blocks; the first block starts with the struct and owns the others.
 */
#include "libcommon/base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#include "libcommon/base/log.h"

enum { ALIGNMENT = 8, FIRST_BLOCK = 1024, LARGEST_BLOCK = 64 * 1024 };

struct arena {
    ProtobufCAllocator base;
    const void *parent;
    void *first; /* block that owns the others */
    uint8_t *free;
    size_t free_bytes;
    size_t next_block; /* bytes */
    size_t limit;      /* bytes that may still be handed out */
};

void *mem_check(void *pointer)
{
    if (__builtin_expect(!pointer, 0)) {
        log_error("out_of_memory", "action=abort");
        abort();
    }
    return pointer;
}

static void add_block(struct arena *arena, size_t at_least)
{
    size_t size = arena->next_block > at_least ? arena->next_block : at_least;
    void *block = mem_bytes(arena->first ? arena->first : arena->parent, size);

    if (!arena->first)
        arena->first = block;
    arena->free = block;
    arena->free_bytes = size;
    if (arena->next_block < LARGEST_BLOCK)
        arena->next_block *= 2;
}

static void *arena_alloc(void *allocator_data, size_t size)
{
    struct arena *arena = allocator_data;

    if (size > arena->limit)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    arena->limit -= size < arena->limit ? size : arena->limit;
    if (size > arena->free_bytes)
        add_block(arena, size);

    void *piece = arena->free;
    arena->free += size;
    arena->free_bytes -= size;
    return piece;
}

static void arena_free(void *allocator_data, void *pointer)
{
    (void)allocator_data; /* pieces go with their block */
    (void)pointer;
}

ProtobufCAllocator *mem_allocator(const void *parent, size_t limit)
{
    struct arena *arena = mem_new(parent, struct arena);

    *arena = (struct arena){
        .base = {arena_alloc, arena_free, arena},
        .parent = parent,
        .next_block = FIRST_BLOCK,
        .limit = limit,
    };
    return &arena->base;
}
