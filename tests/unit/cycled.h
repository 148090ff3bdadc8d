/* SPDX-License-Identifier: Apache-2.0 */
/* cycled.h - every object with a life cycle, for the pages and tests that go through all of them */
#pragma once

#include "libcommon/service/method/object.h"

struct cycled {
    const char *title, *id; /* "Pairing 结对"; the field that other objects point to it by */
    const ProtobufCMessageDescriptor *of;
    const struct life_cycle *cycle;
    const char *initial, *other_initial; /* where it begins; a second way in, or NULL */
    const char *pausing;                 /* the status in which it takes no new steps, or NULL */
};

/* Ends with a row of NULLs. tests/house/both_places.py names a life cycle that has no row. */
extern const struct cycled cycled[];
