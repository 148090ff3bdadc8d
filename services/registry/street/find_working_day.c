/* SPDX-License-Identifier: Apache-2.0 */
/* find_working_day.c - FindWorkingDay: so many working days after a day */
#include "libcommon/base/mem.h"
#include "libcommon/service/method/calendar.h"
#include "registry_calendar.pb-c.h"
#include "registry_methods.h"
#include "services/registry/contract.h"

static enum status find_working_day(struct call *call, const PGresult *rows)
{
    const Registry__FindWorkingDayRequest *request = call->request;
    Registry__FindWorkingDayResponse *response = call->response;
    size_t years;
    const struct work_year *own = calendar_read(call, rows, &years);
    bool provisional;
    int day = work_days_after(own, years, work_days_number(request->after_on), request->count,
                              &provisional);

    if (day < 0)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "after_on", "too_late",
                         "the working day is beyond the year 2199");
    response->working_on = mem_array(call, char, WORK_DAY_CHARS + 1);
    work_days_text(day, response->working_on);
    response->provisional = provisional;
    return STATUS_OK;
}

const struct method registry_find_working_day = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_DATE(after_on), RULE_INT(count, 1, WORK_DAYS_COUNT_MAX)),
    .query = &calendar_select,
    .respond = find_working_day,
};
