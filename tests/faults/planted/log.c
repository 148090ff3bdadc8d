/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - a planted bug of every program: it waits for whoever reads its standard error */
#include <unistd.h>

#include "libcommon/base/log_sink.h"
#include "tests/faults/planted/fault.h"

WRAPS(log_sink_write);

bool __wrap_log_sink_write(const char *line, size_t size)
{
    if (fault_planted(BUG_WAITS_FOR_ITS_LOG))
        return write(STDERR_FILENO, line, size) == (ssize_t)size;
    return __real_log_sink_write(line, size);
}
