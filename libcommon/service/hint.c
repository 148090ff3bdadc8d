/* SPDX-License-Identifier: Apache-2.0 */
/* hint.c - [topic "!registry/xiasha", Hint] */
#include "libcommon/service/hint.h"

#include <stdio.h>

#include "journal_live.pb-c.h"
#include "libcommon/bus/frames.h"

void hint_send(void *socket, const char *service, const char *street, int64_t head)
{
    struct frames frames = {0};
    Journal__Hint hint = JOURNAL__HINT__INIT;
    uint8_t packed[32];
    char topic[160];

    snprintf(topic, sizeof topic, "!%s/%s", service, street);
    hint.head = head;
    frames_add_text(&frames, topic);
    frames_add(&frames, packed, protobuf_c_message_pack(&hint.base, packed));
    frames_send(socket, &frames);
}
