/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c - jusha.registry.v1.Calendar of a stream's row -> years of work_days.h */
#include "libcommon/service/method/calendar.h"

#include <stdlib.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_calendar.pb-c.h"
#include "registry_street.pb-c.h"

SHARED_STATEMENT(calendar_select, .sql = "SELECT calendar FROM stream WHERE street = :street",
                 .of = &registry__street__descriptor);

static int by_day(const void *a, const void *b)
{
    return ((const struct special_day *)a)->day - ((const struct special_day *)b)->day;
}

static void take_year(struct call *call, const Registry__CalendarYear *from, struct work_year *year)
{
    struct special_day *days = mem_array(call, struct special_day, from->n_days);

    for (size_t i = 0; i < from->n_days; i++)
        days[i] = (struct special_day){work_days_number(from->days[i]->on), from->days[i]->working,
                                       from->days[i]->name};
    qsort(days, from->n_days, sizeof *days, by_day);
    *year = (struct work_year){(int)from->year, from->source, days, from->n_days};
}

const struct work_year *calendar_read(struct call *call, const PGresult *rows, size_t *ret_count)
{
    Registry__Street *street = wire_new(call, &registry__street__descriptor);

    db_row(call, &calendar_select, rows, 0, &street->base);
    *ret_count = street->calendar ? street->calendar->n_years : 0;
    struct work_year *years = mem_array(call, struct work_year, *ret_count);

    for (size_t i = 0; i < *ret_count; i++)
        take_year(call, street->calendar->years[i], &years[i]);
    return years;
}
