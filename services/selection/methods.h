/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h - the rows of project selection, one a file */
#pragma once

#include "libcommon/service/method.h"

extern const struct method selection_create_programme, selection_get_programme,
    selection_list_programmes, selection_update_programme, selection_change_programme;
extern const struct method selection_open_tick_sheet, selection_get_tick_sheet,
    selection_list_tick_sheets, selection_update_tick_sheet, selection_change_tick_sheet;
extern const struct method selection_offer_resource, selection_get_resource,
    selection_list_resources, selection_update_resource, selection_change_resource,
    selection_list_resource_versions;
extern const struct method selection_raise_need, selection_get_need, selection_list_needs,
    selection_update_need, selection_change_need;
extern const struct method selection_claim_need, selection_get_claim, selection_list_claims,
    selection_change_claim, selection_review_claim;
extern const struct method selection_start_project, selection_get_project, selection_list_projects,
    selection_update_project, selection_change_project;
