/* SPDX-License-Identifier: Apache-2.0 */
/* named.c - inputs that say by name what they are */
#include "named.h"

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

enum { NEW_NAME_IN = 16, MADE_IN = 4 }; /* one of so many inputs */

struct named named_read(const char *const *names, const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : 0;

    for (size_t i = 0; end && names[i]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], data, length) == 0)
            return (struct named){names[i], end + 1, size - length - 1};
    return (struct named){0};
}

static size_t count_names(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    assert(count > 0);
    return count;
}

/* "name\n" at the front of data, the body moved behind it. Returns the body's place; 0: no room. */
static size_t put_name(const char *name, uint8_t *data, size_t max_size, const struct named *old,
                       size_t *ret_body)
{
    size_t length = strlen(name) + 1;

    if (length > max_size)
        return 0;
    *ret_body = old->size < max_size - length ? old->size : max_size - length;
    memmove(data + length, old->data, *ret_body);
    memcpy(data, name, length - 1);
    data[length - 1] = '\n';
    return length;
}

size_t named_mutate(const char *const *names, uint8_t *data, size_t size, size_t max_size,
                    unsigned seed,
                    size_t (*made)(const char *name, unsigned seed, uint8_t *to, size_t room))
{
    struct named named = named_read(names, data, size);
    size_t body = named.size, at = named.name ? size - body : 0;

    if (!named.name) /* all of it is the body of a new one */
        named = (struct named){.data = data, .size = size};
    if (!named.name || seed % NEW_NAME_IN == 0) {
        named.name = names[seed / NEW_NAME_IN % count_names(names)];
        at = put_name(named.name, data, max_size, &named, &body);
    }
    if (at == 0)
        return size;
    if (made && seed / 7 % MADE_IN == 0) /* a seed of its own, whatever the name's was */
        body = made(named.name, seed, data + at, max_size - at);
    return at + LLVMFuzzerMutate(data + at, body, max_size - at);
}

/* ---- the contract's names ---- */

static const char **add(const void *parent, const char **names, size_t *count, const char *name)
{
    names = mem_check(talloc_realloc(parent, names, const char *, (unsigned)*count + 2));
    names[(*count)++] = name;
    names[*count] = NULL;
    return names;
}

const char *const *named_messages(const void *parent)
{
    const char **names = NULL;
    size_t count = 0;

    for (const ProtobufCMessageDescriptor *const *type = types_messages; *type; type++)
        names = add(parent, names, &count, (*type)->name);
    return names;
}

const char *const *named_methods(const void *parent)
{
    const char **names = NULL;
    size_t count = 0;

    for (const ProtobufCServiceDescriptor *const *service = types_services; *service; service++)
        for (unsigned i = 0; i < (*service)->n_methods; i++)
            names = add(parent, names, &count,
                        mem_printf(parent, "%s/%s", (*service)->name, (*service)->methods[i].name));
    return names;
}
