/* SPDX-License-Identifier: Apache-2.0 */
/* topic.h - who may publish and who may follow which topics */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/bus/certificate.h"

/* A publication is "street/service/EventType" (EventType empty for a heartbeat) or the hint
 * "!service/street", or "!service/" of every street; only the service that it names, ours or a
 * foreign worker's, may send it, for a street it is granted, and of every street if it is granted
 * all. */
bool topic_may_publish(const struct certificate *caller, const void *topic, size_t size);

/* "?service", of that service itself: a publisher says that it is there. */
bool topic_is_hello(const struct certificate *caller, const void *topic, size_t size);

/* Services, staff, gateways, operators and integrators may follow prefixes that begin with
 * "street/" of a street they are granted; a service hints too, and one of all streets anything.
 * Unit contacts, volunteers and shops see only what is theirs, and events carry whole objects, so
 * they may follow nothing; foreign workers neither. */
bool topic_may_follow(const struct certificate *caller, const void *prefix, size_t size);
