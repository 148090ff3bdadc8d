/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - the rows of scheduling, one a file */
#pragma once

#include "libcommon/service/method.h"

extern const struct method scheduling_create_activity, scheduling_get_activity,
    scheduling_list_activities, scheduling_update_activity, scheduling_change_activity;
extern const struct method scheduling_get_occurrence, scheduling_list_occurrences,
    scheduling_change_occurrence, scheduling_move_occurrence, scheduling_rebook_occurrence;
extern const struct method scheduling_book_resource, scheduling_get_booking,
    scheduling_list_bookings, scheduling_change_booking;
extern const struct method scheduling_sign_up_person, scheduling_get_sign_up,
    scheduling_list_sign_ups, scheduling_change_sign_up;
