/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends_walk.h - what a service's table of ends finds, before something ended and after
 *
 * A scene makes an object of each sort that a row of an end looks for; a row that finds none is not
 * tested, and fails by its name. After the end no row finds anything.
 */
#pragma once

#include "bed.h"

/* Every row of the end that does something finds an object that points to this one. */
void ends_assert_open(struct bed *bed, const char *rule, const char *object_id);
/* None does. */
void ends_assert_closed(struct bed *bed, const char *rule, const char *object_id);
