/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_csv.c - files that somebody hands to `jusha load` */
#include "libcommon/base/mem.h"
#include "ops/cli/load/csv_rows.h"
#include "target.h"

/* Lines rise, and every cell can be read to its end. */
static void check_row(const struct csv_row *row, size_t *line)
{
    assert(row->line > *line);
    *line = row->line;
    assert(row->count > 0);
    for (size_t i = 0; i < row->count; i++)
        assert(strlen(row->cells[i].text) <= row->cells[i].bytes);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *memory = mem_check(talloc_new(NULL));
    struct csv_rows rows;
    struct csv_fault fault = {0};
    size_t line = 0;

    if (csv_rows_parse(memory, (const char *)data, size, &rows, &fault)) {
        check_row(&rows.header, &line);
        for (size_t i = 0; i < rows.count; i++)
            check_row(&rows.rows[i], &line);
    } else {
        assert(fault.message && fault.message[0]);
    }
    talloc_free(memory);
    return 0;
}
