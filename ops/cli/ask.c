/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - calls with JSON in and out */
#include "ask.h"

#include <assert.h>

#include "libcommon/base/json.h"

struct found_method ask_method(const void *parent, const char *method)
{
    struct found_method found;
    enum status status = method_find(parent, method, &found, NULL);

    assert(status == STATUS_OK && found.service != NULL);
    (void)status;
    return found;
}

struct client_request ask_request(struct session *session, const void *parent, const char *method,
                                  const json_t *request)
{
    struct found_method found = ask_method(parent, method);
    struct violations violations = {0};
    ProtobufCMessage *message = NULL;
    enum status status =
        json_to_message(parent, found.descriptor->input, request, &violations, &message);

    assert(status == STATUS_OK);
    (void)status;
    return session_request(session, parent, found.service, found.full_name, message);
}

enum status ask(struct session *session, const void *parent, const char *method, const char *actor,
                const json_t *request, const Bus__ReplyHeader **ret_header, json_t **ret_response)
{
    struct client_request out = ask_request(session, parent, method, request);
    struct client_reply reply;
    ProtobufCMessage *response;

    if (actor != NULL)
        out.actor = actor;
    enum status status = session_call(session, parent, &out, &reply, &response);

    *ret_header = reply.header;
    if (status == STATUS_OK)
        *ret_response = json_from_message(response);
    return status;
}
