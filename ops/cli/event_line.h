/* SPDX-License-Identifier: Apache-2.0 */
/* event_line.h - one event as one line, for people or in the CloudEvents JSON format */
#pragma once

#include "libcommon/bus/subscriber.h"

/* "2026-07-01T08:00:00.123Z 12 registry.UnitRegistered 0190… {"unit":…}", under parent. Long data
 * is cut. */
char *event_line(const void *parent, const struct subscriber_event *event);

/* CloudEvents 1.0 JSON event format: attributes at the top, data as JSON; one line. */
char *event_line_json(const void *parent, const struct subscriber_event *event);
