/* SPDX-License-Identifier: Apache-2.0 */
/* weight.c - streets that have more than one request a turn: "xiasha=4 yanlan=2" */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "services/broker/route/route_state.h"

enum { WEIGHT_MAX = 100 };

/* The pair that *text begins with, and moves *text behind it and its blank; false: it is none. */
static bool read_pair(const char **text, struct weight *ret)
{
    size_t size = strcspn(*text, "= ");
    char *end;

    if (size == 0 || size > STREET_SLUG || (*text)[size] != '=')
        return false;
    snprintf(ret->street, sizeof ret->street, "%.*s", (int)size, *text);
    const char *digits = *text + size + 1;
    unsigned long weight = strtoul(digits, &end, 10);
    if (!text_is_slug(ret->street) || *digits < '1' || *digits > '9' || weight > WEIGHT_MAX ||
        (*end && (*end != ' ' || !end[1])))
        return false;
    ret->weight = (uint32_t)weight;
    *text = *end ? end + 1 : end;
    return true;
}

static struct weight *find(const struct broker *broker, const char *street)
{
    struct weight *weight;

    HASH_FIND_STR(broker->weights, street, weight);
    return weight;
}

bool weights_valid(const char *text)
{
    struct weight pair;

    while (*text)
        if (!read_pair(&text, &pair))
            return false;
    return true;
}

void weights_read(struct broker *broker, const char *text)
{
    struct weight pair;

    while (text && *text && read_pair(&text, &pair)) {
        struct weight *weight = find(broker, pair.street);

        if (!weight) {
            weight = mem_new(broker, struct weight);
            memcpy(weight->street, pair.street, sizeof weight->street);
            HASH_ADD_STR(broker->weights, street, weight);
        }
        weight->weight = pair.weight;
    }
}

uint32_t weight_of(const struct broker *broker, const char *street)
{
    const struct weight *weight = find(broker, street);

    return weight ? weight->weight : 1;
}
