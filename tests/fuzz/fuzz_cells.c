/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_cells.c - the little languages of CSV cells: days, durations, rules, openings, conditions */
#include "ops/cli/load/cells.h"

#include <stdlib.h>

#include "libcommon/base/text.h"
#include "target.h"

enum { WEEKS_MAX = 1000 };

static cell_reader *const readers[] = {
    cell_day, cell_year, cell_local, cell_minutes, cell_rule, cell_opening, cell_conditions,
};

void target_start(void)
{
}

/* The first byte says which reader, the second how far days move. A cell is never empty, and UTF-8
 * when it comes here. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *fault = NULL;

    if (size < 3 || text_characters((const char *)data + 2, size - 2) < 1)
        return 0;
    char *text = fuzz_text(data + 2, size - 2);
    json_t *json = readers[data[0] % (sizeof readers / sizeof *readers)](
        text, data[1] * 4 % WEEKS_MAX, &fault);

    assert(json || fault);
    json_decref(json);
    free(text);
    return 0;
}
