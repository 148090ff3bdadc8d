/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the selection service: programmes, tick sheets, resources, needs, projects */
#include "libcommon/service/worker/worker.h"
#include "services/selection/selection.h"

int main(int argc, char **argv)
{
    return worker_main(argc, argv, "project selection: programmes, resources, needs, projects",
                       &selection_service);
}
