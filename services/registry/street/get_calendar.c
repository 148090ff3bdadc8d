/* SPDX-License-Identifier: Apache-2.0 */
/* get_calendar.c - GetCalendar: one year's holidays, by the street, by the notice, or by nobody */
#include "libcommon/base/mem.h"
#include "libcommon/service/method/calendar.h"
#include "registry_calendar.pb-c.h"
#include "registry_methods.h"
#include "services/registry/contract.h"

#define ORIGIN(name) REGISTRY__CALENDAR_ORIGIN__CALENDAR_ORIGIN_##name

static Registry__CalendarYear *describe(struct call *call, const struct work_year *from)
{
    Registry__CalendarYear *year = wire_new(call, &registry__calendar_year__descriptor);

    year->source = (char *)from->source;
    year->days = mem_array(call, Registry__CalendarDay *, from->count);
    for (; year->n_days < from->count; year->n_days++) {
        const struct special_day *special = &from->days[year->n_days];
        Registry__CalendarDay *day = wire_new(call, &registry__calendar_day__descriptor);

        day->on = mem_array(call, char, WORK_DAY_CHARS + 1);
        work_days_text(special->day, day->on);
        day->working = special->working;
        day->name = (char *)special->name;
        year->days[year->n_days] = day;
    }
    return year;
}

static enum status get_calendar(struct call *call, const PGresult *rows)
{
    const Registry__GetCalendarRequest *request = call->request;
    Registry__GetCalendarResponse *response = call->response;
    size_t count;
    const struct work_year *own = calendar_read(call, rows, &count);
    const struct work_year *year = work_days_find(own, count, (int)request->year);

    response->origin = !year                               ? ORIGIN(PROVISIONAL)
                       : year >= own && year < own + count ? ORIGIN(STREET)
                                                           : ORIGIN(OFFICIAL);
    response->calendar = describe(call, year ? year : &(struct work_year){.source = ""});
    response->calendar->year = request->year;
    return STATUS_OK;
}

const struct method registry_get_calendar = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_INT(year, 1970, 2199)),
    .query = &calendar_select,
    .respond = get_calendar,
};
