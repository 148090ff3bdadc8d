/* SPDX-License-Identifier: Apache-2.0 */
/* page_size.c - down fast, up slowly */
#include "libcommon/base/page_size.h"

enum { LESS = 4, MORE = 8 /* a quarter of it; an eighth more */ };

uint32_t page_size_next(uint32_t events, uint32_t most, enum status answer)
{
    if (answer == STATUS_UNKNOWN || answer == STATUS_DEADLINE_EXCEEDED)
        return events / LESS + 1;
    if (answer == STATUS_OK)
        events += events / MORE + 1;
    return events < most ? events : most;
}
