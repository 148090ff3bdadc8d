/* SPDX-License-Identifier: Apache-2.0 */
/* outbox.c - lists of messages and notes */
#include <stdarg.h>
#include <stdio.h>
#include <utlist.h>

#include "libcommon/base/mem.h"
#include "services/broker/route/outbox.h"

struct outbox *outbox_create(const void *parent)
{
    return mem_new(parent, struct outbox);
}

void outbox_clear(struct outbox *outbox)
{
    struct outbox_message *message, *next;

    DL_FOREACH_SAFE(outbox->messages, message, next)
    {
        frames_clear(&message->frames);
        talloc_free(message);
    }
    outbox->messages = NULL;
    if (outbox->notes)
        talloc_free_children(outbox);
    outbox->notes = NULL;
    outbox->severed[0] = '\0';
}

void outbox_destroy(struct outbox **outbox)
{
    if (!*outbox)
        return;
    outbox_clear(*outbox);
    talloc_free(*outbox);
    *outbox = NULL;
}

struct outbox_message *outbox_message(struct outbox *outbox, enum broker_port port)
{
    struct outbox_message *message = mem_new(outbox, struct outbox_message);

    message->port = port;
    DL_APPEND(outbox->messages, message);
    return message;
}

void outbox_sever(struct outbox *outbox, const char *public_key)
{
    snprintf(outbox->severed, sizeof outbox->severed, "%s", public_key);
}

void outbox_note(struct outbox *outbox, enum log_level level, const char *event, const char *format,
                 ...)
{
    struct outbox_note *note = mem_new(outbox, struct outbox_note);
    va_list args;

    va_start(args, format);
    note->fields = mem_check(talloc_vasprintf(note, format, args));
    va_end(args);
    note->level = level;
    note->event = event;
    DL_APPEND(outbox->notes, note);
}
