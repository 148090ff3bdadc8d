/* SPDX-License-Identifier: Apache-2.0 */
/* answers.c - what was answered under a request_id: looked up as a batch opens, stored as it
 * closes */
#include "libcommon/service/batch/answers.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/method/method.h"

enum { REFUSED = -1 /* for a journal's number */ };

/* The range lets the planner skip the partitions of other weeks. */
STATEMENT(known_requests,
          .sql = "SELECT request_id, hash, hash_key, reply, seq FROM request WHERE street = :street"
                 " AND request_id = ANY(:ids::uuid[]) AND request_id BETWEEN :first AND :last",
          .with = "ids, first, last");
STATEMENT(
    store_answers,
    .sql =
        "INSERT INTO request (street, request_id, hash, hash_key, reply, seq) SELECT :street, r.*"
        " FROM unnest(:ids::uuid[], :hashes::bytea[], :hash_keys::smallint[],"
        " :replies::bytea[], :seqs::bigint[]) r",
    .with = "ids, hashes, hash_keys, replies, seqs");

/* ---- look up ---- */

/* The array as a literal, the smallest, the largest: checked UUIDs in lower case. */
void answers_queue_look_up(struct db *db, const void *mem, const char *street,
                           struct call *const *calls, size_t count)
{
    const char *first = calls[0]->header->request_id, *last = first;
    char *ids = mem_text(mem, "{"), separator[] = "\0";

    for (size_t i = 0; i < count; i++, separator[0] = ',') {
        const char *id = calls[i]->header->request_id;
        first = strcmp(id, first) < 0 ? id : first;
        last = strcmp(id, last) > 0 ? id : last;
        ids = mem_check(talloc_asprintf_append_buffer(ids, "%s%s", separator, id));
    }
    ids = mem_check(talloc_strdup_append_buffer(ids, "}"));
    const struct db_param params[] = {
        NAMED(street, param_text(street)),
        NAMED(ids, param_text(ids)),
        NAMED(first, param_text(first)),
        NAMED(last, param_text(last)),
    };
    db_send_own(db, &known_requests, params, 4);
}

enum status answers_compare(struct call *call, const void *hash, size_t size, int key_number)
{
    if (key_number > 0 && key_number != call->hash_key && !method_hash(call, key_number))
        return call_fail(call, STATUS_UNAVAILABLE, "", "data_key",
                         "this worker has not read the data key of that answer yet; nothing was"
                         " done");
    if (size != sizeof call->hash || memcmp(hash, call->hash, size) != 0)
        return call_fail(call, STATUS_ABORTED, "request_id", "reused",
                         "this request_id was used for another request");
    return STATUS_OK;
}

static void keep(struct call *call, const PGresult *known, int row)
{
    if (answers_compare(call, PQgetvalue(known, row, 1), (size_t)PQgetlength(known, row, 1),
                        (int)column_int(known, row, 2)) != STATUS_OK)
        return;
    size_t size = (size_t)PQgetlength(known, row, 3);
    struct kept_answer *kept = mem_new(call, struct kept_answer);
    *kept = (struct kept_answer){{size, mem_copy(call, PQgetvalue(known, row, 3), size)},
                                 column_int(known, row, 4)};
    call->kept = kept;
}

void answers_replay(struct call *call)
{
    const struct kept_answer *kept = call->kept;

    call->replayed = true;
    if (kept->seq == REFUSED) {
        call_unpack_refusal(call, kept->reply.data, kept->reply.len);
        return;
    }
    call->reply = kept->reply;
    call->seq = kept->seq;
}

void answers_find(struct call *const *calls, size_t count, const PGresult *known)
{
    for (int row = 0; row < PQntuples(known); row++) {
        char id[ID_CHARS + 1];
        id_format((const uint8_t *)PQgetvalue(known, row, 0), id);
        for (size_t i = 0; i < count; i++)
            if (strcmp(calls[i]->header->request_id, id) == 0)
                keep(calls[i], known, row);
    }
}

/* ---- store ---- */

/* Did this run decide it, and finally? */
static bool is_to_be_kept(const struct call *call)
{
    bool for_good = call->status != STATUS_UNAVAILABLE && call->status != STATUS_UNKNOWN &&
                    call->status != STATUS_DEADLINE_EXCEEDED;

    return call->decided && for_good && !call_is_own(call);
}

void answers_queue(struct db *db, const void *mem, const char *street, struct call *const *calls,
                   size_t count)
{
    ProtobufCBinaryData ids[BATCH_MAX], hashes[BATCH_MAX], keys[BATCH_MAX], replies[BATCH_MAX],
        seqs[BATCH_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct call *call = calls[i];
        if (!is_to_be_kept(call))
            continue;
        bool done = call->status == STATUS_OK;
        uint8_t *id = mem_bytes(mem, 16);
        int64_t *seq = mem_bytes(mem, sizeof *seq);
        uint16_t *key = mem_bytes(mem, sizeof *key);
        if (id_parse(call->header->request_id, id) != 0)
            abort(); /* call_new checked it */
        *key = htobe16((uint16_t)call->hash_key);
        *seq = (int64_t)htobe64((uint64_t)(done ? call->seq : REFUSED));
        ids[kept] = (ProtobufCBinaryData){16, id};
        hashes[kept] = (ProtobufCBinaryData){sizeof call->hash, call->hash};
        keys[kept] = (ProtobufCBinaryData){sizeof *key, (uint8_t *)key};
        replies[kept] = done ? call->reply : call_pack_refusal(call);
        seqs[kept++] = (ProtobufCBinaryData){sizeof *seq, (uint8_t *)seq};
    }
    const struct db_param params[] = {
        NAMED(street, param_text(street)),
        NAMED(ids, param_array(mem, OID_UUID, kept, ids)),
        NAMED(hashes, param_array(mem, OID_BYTEA, kept, hashes)),
        NAMED(hash_keys, param_array(mem, OID_INT2, kept, keys)),
        NAMED(replies, param_array(mem, OID_BYTEA, kept, replies)),
        NAMED(seqs, param_array(mem, OID_INT8, kept, seqs)),
    };
    if (kept)
        db_send_own(db, &store_answers, params, 6);
}
