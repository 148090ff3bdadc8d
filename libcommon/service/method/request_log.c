/* SPDX-License-Identifier: Apache-2.0 */
/* request_log.c - a call that has ended as a line of the log; nothing is formatted unless it is
 * printed */
#include "libcommon/service/method/request_log.h"

#include "libcommon/base/log_why.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/service/method/method.h"

/* What it was asked for by; of a reaction, what brought it about. */
static const char *describe_origin(const void *mem, const struct call *call)
{
    switch (call->origin) {
    case ORIGIN_REQUEST:
        return mem_printf(mem, "caller=%s asked_before=%s", call->caller ? call->caller->name : "",
                          call->caller && call->caller->asked_before ? "yes" : "no");
    case ORIGIN_EVENT:
        return mem_printf(mem, "source=%s source_seq=%lld cause=%s", call->source.event->service,
                          (long long)call->source.event->seq, call_causation(call));
    case ORIGIN_TIMER:
        return mem_printf(mem, "timer=%s cause=%s", call->source.timer->name, call_causation(call));
    }
    return "";
}

/* The header's texts are unchecked where the call was refused for them. */
static const char *id_of(const struct call *call)
{
    return text_is_uuid(call->header->request_id) ? call->header->request_id : "";
}

static const char *street_of(const struct call *call)
{
    return call->street && text_is_slug(call->street) ? call->street : "";
}

static const char *describe_method(const void *mem, const struct call *call)
{
    const struct endpoint *endpoint = call->endpoint;

    if (!endpoint)
        return "service= method= kind=";
    return mem_printf(mem, "service=%s method=%s kind=%s", endpoint->service->name,
                      call->origin == ORIGIN_REQUEST ? endpoint->name : "",
                      endpoint->row->query ? "query" : "command");
}

static const char *describe_times(const void *mem, const struct call *call, int64_t whole_ms)
{
    return mem_printf(mem, "queue_ms=%lld lock_ms=%lld database_ms=%lld whole_ms=%lld batch=%zu",
                      (long long)call_queue_ms(call), (long long)call->times.lock_ms,
                      (long long)call_database_ms(call), (long long)whole_ms, call->times.batch);
}

static const char *describe_end(const void *mem, const struct call *call)
{
    bool refused = call->status != STATUS_OK && call->violations.count > 0;

    return mem_printf(mem, "code=%s rule=%s replayed=%s events=%zu seq=%lld",
                      status_name(call->status), refused ? call->violations.item[0].rule : "",
                      call->replayed ? "yes" : "no", call_is_done_now(call) ? call->event_count : 0,
                      (long long)(call->seq > 0 ? call->seq : 0));
}

static void print(const struct call *call, enum log_why why, int64_t whole_ms)
{
    void *mem = mem_check(talloc_new(NULL));

    log_line(log_why_level(why), call_is_own(call) ? "reaction" : "request",
             "id=%s trace=%s street=%s %s %s why=%s %s %s", id_of(call),
             LOG_TRACE_ID(call->header->traceparent), street_of(call), describe_method(mem, call),
             describe_origin(mem, call), log_why_name(why), describe_times(mem, call, whole_ms),
             describe_end(mem, call));
    talloc_free(mem);
}

void request_log(const struct call *call, int64_t whole_ms)
{
    enum log_why why = log_why(&log_limits, call_causation(call),
                               log_why_traced(call->header->traceparent), whole_ms);

    if (why != LOG_WHY_NOT)
        print(call, why, whole_ms);
}
