/* SPDX-License-Identifier: Apache-2.0 */
/* topic.c - rights to topics, by certificate alone */
#include <string.h>

#include "libcommon/base/text.h"
#include "services/broker/address.h"
#include "services/broker/feed/topic.h"

static const bool role_follows[] = {
    [BUS__ROLE__ROLE_UNSPECIFIED] = false,  [BUS__ROLE__ROLE_OPERATOR] = true,
    [BUS__ROLE__ROLE_SERVICE] = true,       [BUS__ROLE__ROLE_GATEWAY] = true,
    [BUS__ROLE__ROLE_STREET_STAFF] = true,  [BUS__ROLE__ROLE_COMMUNITY_STAFF] = false,
    [BUS__ROLE__ROLE_UNIT_CONTACT] = false, [BUS__ROLE__ROLE_VOLUNTEER] = false,
    [BUS__ROLE__ROLE_SHOP] = false,         [BUS__ROLE__ROLE_INTEGRATOR] = true,
    [BUS__ROLE__ROLE_WORKER] = false,
};
static_assert(sizeof role_follows == BUS__ROLE__VALUES, "a row for each role");

enum { TOPIC_BYTES_MAX = 200 };

/* Copies what stands before the next slash (or the end) and steps over the slash. False: no slash,
 * it does not fit, or a NUL would end it early. */
static bool take_part(const char **at, const char *end, char *ret, size_t ret_size)
{
    const char *slash = memchr(*at, '/', (size_t)(end - *at));

    if (!slash || (size_t)(slash - *at) >= ret_size || memchr(*at, 0, (size_t)(slash - *at)))
        return false;
    memcpy(ret, *at, (size_t)(slash - *at));
    ret[slash - *at] = 0;
    *at = slash + 1;
    return true;
}

static bool is_granted_street(const struct certificate *caller, const char *street)
{
    return text_is_slug(street) && certificate_grants(caller->streets, street);
}

static bool may_hint(const struct certificate *caller, const char *at, const char *end)
{
    char service[SERVICE_NAME + 1], street[STREET_SLUG + 1];

    if (!take_part(&at, end, service, sizeof service) || (size_t)(end - at) >= sizeof street)
        return false;
    memcpy(street, at, (size_t)(end - at));
    street[end - at] = 0;
    bool may = street[0] ? is_granted_street(caller, street) : strcmp(caller->streets, "*") == 0;
    return may && strcmp(service, caller->name) == 0;
}

static bool is_publisher(const struct certificate *caller)
{
    return caller->role == BUS__ROLE__ROLE_SERVICE || caller->role == BUS__ROLE__ROLE_WORKER;
}

bool topic_is_hello(const struct certificate *caller, const void *topic, size_t size)
{
    const char *at = topic;

    return is_publisher(caller) && size == 1 + strlen(caller->name) && *at == '?' &&
           memcmp(at + 1, caller->name, size - 1) == 0;
}

bool topic_may_publish(const struct certificate *caller, const void *topic, size_t size)
{
    char service[SERVICE_NAME + 1], street[STREET_SLUG + 1];
    const char *at = topic, *end = at + size;

    if (!is_publisher(caller) || size == 0 || size > TOPIC_BYTES_MAX || memchr(topic, 0, size))
        return false;
    if (*at == '!')
        return may_hint(caller, at + 1, end);
    return take_part(&at, end, street, sizeof street) &&
           take_part(&at, end, service, sizeof service) && !memchr(at, '/', (size_t)(end - at)) &&
           strcmp(service, caller->name) == 0 && is_granted_street(caller, street);
}

bool topic_may_follow(const struct certificate *caller, const void *prefix, size_t size)
{
    char street[STREET_SLUG + 1];
    const char *at = prefix;

    if (size > TOPIC_BYTES_MAX || (size_t)caller->role >= sizeof role_follows)
        return false;
    if (caller->role == BUS__ROLE__ROLE_SERVICE &&
        (strcmp(caller->streets, "*") == 0 || (size > 0 && *at == '!')))
        return true; /* hints are streets and numbers, which Heads tells every service */
    return role_follows[caller->role] && take_part(&at, at + size, street, sizeof street) &&
           is_granted_street(caller, street);
}
