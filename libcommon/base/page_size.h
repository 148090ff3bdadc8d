/* SPDX-License-Identifier: Apache-2.0 */
/* page_size.h - how many events of a journal are asked for at a time */
#pragma once

#include <stdint.h>

#include "libcommon/base/status.h"

/* How many next, at most `most`, where so many were asked for and this was the answer: a page that
 * does not come in time, over a slow way or from a slow database, would not come the next time
 * either, so less is asked for, and then little by little more again. Never 0. */
uint32_t page_size_next(uint32_t events, uint32_t most, enum status answer);
