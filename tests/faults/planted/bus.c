/* SPDX-License-Identifier: Apache-2.0 */
/* bus.c - crash points where a message has just left: known by what it says */
#include <string.h>

#include "libcommon/bus/frames.h"
#include "libcommon/bus/mdp.h"
#include "tests/faults/planted/fault.h"

WRAPS(frames_send);

static bool says(struct frames *frames, size_t at, enum mdp_worker_command command)
{
    return frames->count > at + 1 && frames_equal(frames, at, MDP_WORKER, strlen(MDP_WORKER)) &&
           frames_equal(frames, at + 1, &(char){(char)command}, 1);
}

bool __wrap_frames_send(void *socket, struct frames *frames)
{
    bool is_reply = says(frames, 0, MDP_WORKER_FINAL);
    bool is_request = says(frames, 1, MDP_WORKER_REQUEST); /* behind the worker's routing id */
    bool sent = __real_frames_send(socket, frames);

    if (sent && is_reply)
        fault_point(FAULT_AFTER_REPLY);
    if (sent && is_request)
        fault_point(FAULT_BROKER_AFTER_FORWARD);
    return sent;
}
