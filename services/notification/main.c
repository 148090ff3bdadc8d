/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the notification service: who is told what happened */
#include "libcommon/service/worker/worker.h"
#include "services/notification/notification.h"

int main(int argc, char **argv)
{
    return worker_main(argc, argv, "notification: who is told what happened",
                       &notification_service);
}
