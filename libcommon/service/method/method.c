/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method.c - the table of methods, checked against the contract at the start
 *
 * A mistake in a row (no scope, a rule on a field that does not exist, a statement that binds one)
 * ends the process with the method's name, so that no request ever meets it.
 */
#include "libcommon/service/method/method.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "libcommon/base/data_keys.h"
#include "libcommon/base/field_path.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/types.h"
#include "libcommon/service/database/columns.h"

struct named_endpoint {
    struct endpoint endpoint;
    UT_hash_handle hh; /* by endpoint.name */
};

static struct named_endpoint *endpoints;

const struct endpoint *methods_find(const char *full_name)
{
    struct named_endpoint *found;

    HASH_FIND_STR(endpoints, full_name, found);
    return found ? &found->endpoint : NULL;
}

/* ---- checks ---- */

/* Its statement has parameters of a reach. */
static bool has_reach(const struct db_stmt *stmt)
{
    return statement_has(stmt, "reach_street") || statement_has(stmt, "reach_communities") ||
           statement_has(stmt, "reach_units") || statement_has(stmt, "reach_person");
}

static const char *check_page(const struct endpoint *endpoint)
{
    const struct method *row = endpoint->row;
    bool has_key = statement_has(row->query, "after_key");

    if (has_key != statement_has(row->query, "page_limit") || has_key != (row->page.key != NULL))
        return "a page needs :after_key and :page_limit, and nothing else does";
    if (row->page.key &&
        !protobuf_c_message_descriptor_get_field_by_name(endpoint->into->descriptor, row->page.key))
        return "the page's key is no field of its elements";
    return NULL;
}

static const char *check_query(const void *parent, const struct endpoint *endpoint)
{
    const struct method *row = endpoint->row;
    const char *wrong = statement_bind(parent, row->query, endpoint->request);

    if (wrong)
        return wrong;
    if (row->check)
        return "a query has no check";
    if (statement_has(row->query, "now"))
        return "a query has no :now";
    if (row->respond)
        return row->into ? "both into and respond" : NULL;
    if (!endpoint->into || endpoint->into->type != PROTOBUF_C_TYPE_MESSAGE)
        return "into is no message of the response";
    return check_page(endpoint);
}

/* A query's statement, or a command's place, says how far whoever does not reach the whole street
 * does. */
static const char *check_reach(const void *parent, const struct endpoint *endpoint)
{
    const struct method *row = endpoint->row;
    const bool finer = permission_is_finer(row->may) || row->within;

    if (row->query && row->place)
        return "a query has no place, but parameters of a reach";
    if (row->query)
        return finer != endpoint->reaches ? "its statement's reach does not fit its action" : NULL;
    if (!row->place)
        return finer ? "no place" : NULL;
    return place_check(parent, row->place, endpoint->request, finer ? row->rules : NULL);
}

/* NULL, or what is wrong with the row. */
static const char *check_row(const void *parent, const struct endpoint *endpoint)
{
    static const struct rule none[] = {RULES_END};
    const struct method *row = endpoint->row;

    if (row->may == NOBODY)
        return "nobody may call it";
    if (row->scope == SCOPE_UNSET)
        return "no scope";
    if (!row->command == !row->query)
        return "neither a command nor a query, or both";
    if (row->command && row->scope == SCOPE_ALL_STREETS)
        return "a command belongs to one street";
    if (row->command && types_secret(endpoint->response))
        return "its reply, which is kept in clear, holds a secret: let the caller make it";
    if (row->command && row->within)
        return "a command has a place, not parameters of a reach";
    const char *wrong =
        rules_check(parent, row->rules ? row->rules : none, endpoint->request, true);
    if (!wrong && row->query)
        wrong = check_query(parent, endpoint);
    return wrong ? wrong : check_reach(parent, endpoint);
}

/* ---- start ---- */

static struct metric *new_metric(const void *parent, enum metric_type type, const char *name,
                                 const char *method, const char *help)
{
    struct metric *metric = mem_new(parent, struct metric);

    metric->type = type;
    metric->name = name;
    metric->labels = mem_printf(metric, "method=\"%s\"", method);
    metric->help = help;
    metrics_register(metric);
    return metric;
}

static void start_method(const struct service *service, const ProtobufCServiceDescriptor *contract,
                         unsigned index, const struct method *row)
{
    const ProtobufCMethodDescriptor *method = &contract->methods[index];
    struct named_endpoint *named = mem_new(NULL, struct named_endpoint);
    struct endpoint *endpoint = &named->endpoint;

    *endpoint = (struct endpoint){
        .row = row,
        .name = mem_printf(named, "%s/%s", contract->name, method->name),
        .request = method->input,
        .response = method->output,
        .reaches = row->query && has_reach(row->query),
        .service = service,
    };
    if (row->into)
        endpoint->into = protobuf_c_message_descriptor_get_field_by_name(method->output, row->into);
    const char *wrong = check_row(named, endpoint);
    if (wrong) {
        log_error("method_invalid", "method=%s reason=%s", endpoint->name, LOG_QUOTED(wrong));
        exit(EXIT_FAILURE);
    }
    endpoint->answers = mem_array(named, _Atomic uint64_t, ENDPOINT_CODES);
    endpoint->seconds = new_metric(named, METRIC_HISTOGRAM, "jusha_request_seconds", method->name,
                                   "Time from the socket to the reply");
    HASH_ADD_KEYPTR(hh, endpoints, endpoint->name, strlen(endpoint->name), named);
}

/* "RegisterUnit" of "jusha.registry.v1.RegistryService/RegisterUnit". */
static const char *short_name(const struct endpoint *endpoint)
{
    return strchr(endpoint->name, '/') + 1;
}

/* The codes of a method that it ever answered with, and OK from the start. */
static void print_answers(FILE *out)
{
    struct named_endpoint *named, *next;

    fputs("# HELP jusha_requests_total Requests that were answered, by how they ended\n"
          "# TYPE jusha_requests_total counter\n",
          out);
    HASH_ITER(hh, endpoints, named, next)
    {
        for (int code = 0; code < ENDPOINT_CODES; code++) {
            uint64_t count =
                atomic_load_explicit(&named->endpoint.answers[code], memory_order_relaxed);
            if (count > 0 || code == STATUS_OK)
                fprintf(out, "jusha_requests_total{method=\"%s\",code=\"%s\"} %llu\n",
                        short_name(&named->endpoint), status_name((enum status)code),
                        (unsigned long long)count);
        }
    }
}

/* Has some method's request a field at this path from its top? */
static bool is_asked_for(const char *path)
{
    struct named_endpoint *named, *next;

    HASH_ITER(hh, endpoints, named, next)
    {
        if (path_field(named->endpoint.request, path))
            return true;
    }
    return false;
}

/* A constraint's refusal names what the caller sent. */
static void check_violations(const struct db_stmt *stmt)
{
    const struct db_violation *violations = stmt->violations;

    if (!violations && stmt->object)
        violations = stmt->object->violations;
    for (const struct db_violation *v = violations; v && v->constraint; v++)
        if (!is_asked_for(v->field)) {
            log_error("statement_invalid",
                      "statement=%s reason=\"%s is refused on %s, which no request has\"",
                      stmt->name, v->constraint, v->field);
            exit(EXIT_FAILURE);
        }
}

void methods_start(const struct service *service)
{
    statements_start();
    metrics_collect(print_answers);
    for (const struct methods *const *methods = service->methods; *methods; methods++) {
        const ProtobufCServiceDescriptor *contract = (*methods)->base.descriptor;
        for (unsigned i = 0; i < contract->n_methods; i++)
            start_method(service, contract, i, (*methods)->rows[i]);
    }
    for (unsigned i = 0; i < statements_count(); i++)
        check_violations(statement_at(i));
}

/* ---- request ---- */

bool method_hash(struct call *call, int key_number)
{
    const struct data_key *key = data_keys_find(key_number);
    crypto_generichash_state state;

    if (!key)
        return false;
    call->hash_key = key_number;
    crypto_generichash_init(&state, key->hash, sizeof key->hash, sizeof call->hash);
    crypto_generichash_update(&state, (const uint8_t *)call->endpoint->name,
                              strlen(call->endpoint->name) + 1);
    crypto_generichash_update(&state, (const uint8_t *)call->actor, strlen(call->actor) + 1);
    crypto_generichash_update(&state, call->payload.data, call->payload.len);
    crypto_generichash_final(&state, call->hash, sizeof call->hash);
    return true;
}

enum status method_decode(struct call *call)
{
    const struct endpoint *endpoint = call->endpoint;
    ProtobufCMessage *request;

    if (wire_unpack(call, endpoint->request, call->payload.data, call->payload.len,
                    &call->violations, &request) != STATUS_OK)
        return call_fail_rules(call);
    if (endpoint->row->rules &&
        rules_apply(call, endpoint->row->rules, request, "", &call->violations) != STATUS_OK)
        return call_fail_rules(call);
    call->request = request;
    if (endpoint->row->check) {
        enum status status = endpoint->row->check(call);
        if (status != STATUS_OK)
            return status;
    }
    if (endpoint->row->command && !method_hash(call, data_keys_newest()))
        return call_fail(call, STATUS_INTERNAL, "", "data_key", "this service has no data key");
    return STATUS_OK;
}
