/* SPDX-License-Identifier: Apache-2.0 */
/* services.h - the methods of all services in one process */
#pragma once

#include "libcommon/service/method/method.h"

/* Makes every method of the contract known to methods_find. */
void services_start(void);

/* A call of a method with this payload, as it is when a work thread takes it. Free it with
 * talloc_free. */
struct call *services_call(const char *method, const uint8_t *payload, size_t size);
