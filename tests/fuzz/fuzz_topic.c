/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_topic.c - topics of publications and subscriptions, and who may have them
 *
 * The first byte is the caller's role, the second says of which streets. Whatever the topic, nobody
 * speaks as another service or hears of another street.
 */
#include <stdio.h>

#include "services/broker/address.h"
#include "services/broker/feed/topic.h"
#include "target.h"

static const char own_street[] = "xiasha/", own_hint[] = "!registry/", own_topic[] = "/registry/";

static bool begins(const uint8_t *data, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(data, with, strlen(with)) == 0;
}

static void check_topic(const struct certificate *caller, const uint8_t *topic, size_t size)
{
    bool one_street = caller->streets[0] != '*';

    if (topic_may_publish(caller, topic, size)) {
        assert(caller->role == BUS__ROLE__ROLE_SERVICE || caller->role == BUS__ROLE__ROLE_WORKER);
        assert(begins(topic, size, own_hint) || memmem(topic, size, own_topic, strlen(own_topic)));
        assert(!one_street || begins(topic, size, "!") || begins(topic, size, own_street));
    }
    assert(!topic_is_hello(caller, topic, size) || !topic_may_publish(caller, topic, size));
    if (topic_may_follow(caller, topic, size)) {
        assert(caller->role != BUS__ROLE__ROLE_WORKER);
        assert(!one_street || begins(topic, size, own_street) ||
               (caller->role == BUS__ROLE__ROLE_SERVICE && begins(topic, size, "!")));
    }
}

static void check_address(const uint8_t *data, size_t size)
{
    struct address address;
    char again[ADDRESS_NAME + 1];

    if (!address_parse(data, size, &address))
        return;
    address_format(address.service, address.street, again);
    assert(strlen(again) == size && memcmp(again, data, size) == 0);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate caller = {.name = "registry"};

    if (size < 2)
        return 0;
    caller.role = (Bus__Role)(data[0] % (BUS__ROLE__VALUES + 1)); /* and a strange one */
    snprintf(caller.streets, sizeof caller.streets, "%s", data[1] % 2 ? "*" : "xiasha");
    check_topic(&caller, data + 2, size - 2);
    check_address(data + 2, size - 2);
    return 0;
}
