/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the scheduling service: activities, occurrences, bookings, sign-ups */
#include "libcommon/service/worker/worker.h"
#include "services/scheduling/scheduling.h"

int main(int argc, char **argv)
{
    return worker_main(argc, argv, "activity scheduling: activities, bookings, sign-ups",
                       &scheduling_service);
}
