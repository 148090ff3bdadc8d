/* SPDX-License-Identifier: Apache-2.0 */
/* known.h - names in place of ids, and the street's time in place of UTC, in what people read */
#pragma once

#include "session.h"

/* text under parent with every UUID that the caller may read as its object's name in quotes, and
 * every instant as the street's local time. Asks the services, a second at most, and nobody
 * twice in a session; what nobody tells stays as it is. session NULL: text itself. */
const char *known_words(struct session *session, const void *parent, const char *text);
