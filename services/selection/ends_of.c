/* SPDX-License-Identifier: Apache-2.0 */
/* ends_of.c - how sheets, resources, needs, claims and projects end with something else */
#include <string.h>

#include "libcommon/base/ids.h"
#include "libcommon/base/mem.h"
#include "services/selection/claim/claim.h"
#include "services/selection/ends.h"
#include "services/selection/project/project.h"
#include "services/selection/resource/resource.h"
#include "services/selection/tick_sheet/tick_sheet.h"

/* ---- sheets, resources ---- */

enum status sheet_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__TickSheetChanged event = SELECTION__TICK_SHEET_CHANGED__INIT;

    event.sheet = (Selection__TickSheet *)message;
    event.action = SELECTION__TICK_SHEET_ACTION__TICK_SHEET_ACTION_DROP;
    event.reason = event.sheet->reason = (char *)why->reason;
    event.cause = why->cause;
    enum status status = object_step(call, &tick_sheet_object, (int)event.action, message);
    return status == STATUS_OK ? journal_append(call, event.sheet->sheet_id, &event.base) : status;
}

enum status resource_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__ResourceChanged event = SELECTION__RESOURCE_CHANGED__INIT;

    event.resource = (Selection__Resource *)message;
    event.action = SELECTION__RESOURCE_ACTION__RESOURCE_ACTION_WITHDRAW;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    enum status status = object_step(call, &resource_object, (int)event.action, message);
    if (status == STATUS_OK)
        status = journal_append(call, event.resource->resource_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, message, why->reason) : status;
}

/* ---- claims ---- */

enum status claim_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    return claim_step(call, SELECTION__CLAIM_ACTION__CLAIM_ACTION_LEAVE, why,
                      (Selection__Claim *)message,
                      (Selection__Need *)wire_new(call, &selection__need__descriptor));
}

/* One field of what goes on is another. */
static Google__Protobuf__FieldMask *mask_of(struct call *call, const char *first,
                                            const char *second)
{
    Google__Protobuf__FieldMask *mask = wire_new(call, &google__protobuf__field_mask__descriptor);

    mask->paths = mem_array(call, char *, 2);
    mask->paths[mask->n_paths++] = (char *)first;
    if (second)
        mask->paths[mask->n_paths++] = (char *)second;
    return mask;
}

static enum status claim_lost(struct call *call, Selection__Claim *claim, const char *field,
                              const struct why *why)
{
    Selection__ClaimUpdated event = SELECTION__CLAIM_UPDATED__INIT;

    event.need = wire_new(call, &selection__need__descriptor);
    enum status status = claim_load_need(call, claim, event.need);
    if (status != STATUS_OK)
        return status;
    object_store(call, &claim_object, &claim->base);
    event.claim = claim;
    event.changed = mask_of(call, field, NULL);
    event.cause = why->cause;
    event.reason = (char *)why->reason;
    return journal_append(call, claim->claim_id, &event.base);
}

enum status claim_lose_partner(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__Claim *claim = (Selection__Claim *)message;

    ids_take_out(claim->partner_unit_ids, &claim->n_partner_unit_ids, why->cause->object_id);
    return claim_lost(call, claim, "partner_unit_ids", why);
}

enum status claim_lose_resource(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__Claim *claim = (Selection__Claim *)message;

    claim->resource_id = (char *)"";
    return claim_lost(call, claim, "resource_id", why);
}

/* ---- needs ---- */

/* The units that claimed it hold nothing any more. */
static enum status let_claim_go(struct call *call, Selection__Need *need, const struct why *why)
{
    Selection__Claim *claim = wire_new(call, &selection__claim__descriptor);

    claim->claim_id = need->claim_id;
    enum status status = object_load(call, &claim_object, "claim_id", &claim->base);
    if (status != STATUS_OK)
        return status;
    return claim_step(call,
                      claim->status == SELECTION__CLAIM_STATUS__CLAIM_STATUS_SUBMITTED
                          ? SELECTION__CLAIM_ACTION__CLAIM_ACTION_REFUSE
                          : SELECTION__CLAIM_ACTION__CLAIM_ACTION_REVOKE,
                      why, claim, need);
}

static enum status step_need(struct call *call, Selection__Need *need, Selection__NeedAction action,
                             const struct why *why)
{
    enum status status = object_step(call, &need_object, (int)action, &need->base);

    return status == STATUS_OK ? need_say_changed(call, action, why, need) : status;
}

enum status need_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__Need *need = (Selection__Need *)message;
    enum status status = STATUS_OK;

    if (need->claim_id[0]) {
        status = let_claim_go(call, need, why);
    } else if (need->status == SELECTION__NEED_STATUS__NEED_STATUS_IN_PROGRESS) {
        need->project_id = (char *)"";
        status = step_need(call, need, SELECTION__NEED_ACTION__NEED_ACTION_REOPEN, why);
    }
    if (status != STATUS_OK)
        return status;
    return step_need(call, need, SELECTION__NEED_ACTION__NEED_ACTION_CALL_OFF, why);
}

/* ---- projects ---- */

enum status project_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__ProjectChanged event = SELECTION__PROJECT_CHANGED__INIT;

    event.project = (Selection__Project *)message;
    event.action = SELECTION__PROJECT_ACTION__PROJECT_ACTION_CANCEL;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    enum status status = object_step(call, &project_object, (int)event.action, message);
    if (status == STATUS_OK)
        status = journal_append(call, event.project->project_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return project_move_needs(call, event.project, SELECTION__NEED_ACTION__NEED_ACTION_REOPEN, why);
}

static enum status project_lost(struct call *call, Selection__Project *project,
                                Google__Protobuf__FieldMask *changed, const struct why *why)
{
    Selection__ProjectUpdated event = SELECTION__PROJECT_UPDATED__INIT;

    object_store(call, &project_object, &project->base);
    event.project = project;
    event.changed = changed;
    event.cause = why->cause;
    event.reason = (char *)why->reason;
    return journal_append(call, project->project_id, &event.base);
}

enum status project_lose_unit(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Selection__Project *project = (Selection__Project *)message;
    const bool leads = strcmp(project->lead_unit_id, why->cause->object_id) == 0;

    if (project->n_unit_ids == 1)
        return project_end(call, message, why);
    ids_take_out(project->unit_ids, &project->n_unit_ids, why->cause->object_id);
    if (leads)
        project->lead_unit_id = (char *)"";
    return project_lost(call, project, mask_of(call, "unit_ids", leads ? "lead_unit_id" : NULL),
                        why);
}

enum status project_lose_community(struct call *call, ProtobufCMessage *message,
                                   const struct why *why)
{
    Selection__Project *project = (Selection__Project *)message;

    ids_take_out(project->community_ids, &project->n_community_ids, why->cause->object_id);
    return project_lost(call, project, mask_of(call, "community_ids", NULL), why);
}
