/* SPDX-License-Identifier: Apache-2.0 */
/* steps.h - the steps of the story, in the order in which they are told */
#pragma once

#include "ops/demo/tell.h"

void story_of_street(struct story *story);
void story_of_programme(struct story *story);
void story_of_parking(struct story *story);
void story_of_pitch(struct story *story);
void story_of_service_point(struct story *story);
void story_of_messages(struct story *story);
void story_of_subscriber(struct story *story);

/* A series of the sample: publishes it as somebody if it is a draft, and returns its occurrences in
 * order, each checked to have its booking. */
json_t *story_publish(struct story *story, struct actor as, const char *title);
