/* SPDX-License-Identifier: Apache-2.0 */
/* listed.h - is a refusal in ops/doc/methods.json? What is read from the sources, seen to be so */
#pragma once

#include "libcommon/service/call/call.h"

/* Fails the test when a call was refused by a rule that the page does not list for its method with
 * this code and these params. */
void listed_assert(const struct call *call);
