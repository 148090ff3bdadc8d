/* SPDX-License-Identifier: Apache-2.0 */
/* streams.h - what every service but the registry takes from the registry's journal: streets and
 * role grants */
#pragma once

#include "libcommon/service/following/follow.h"

extern const struct followed streams_followed;
/* The event that makes a street known, before which none of the street can be applied. */
bool streams_is_first(const ProtobufCMessageDescriptor *event);
