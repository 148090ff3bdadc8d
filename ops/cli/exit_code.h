/* SPDX-License-Identifier: Apache-2.0 */
/* exit_code.h - how a command of jusha ends */
#pragma once

/* What scripts see. Interrupting events with Ctrl-C or SIGTERM is its ordinary end: OK. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_REFUSED = 1,     /* the server refused, or rows of a file failed */
    EXIT_CODE_USAGE = 2,       /* wrong option, argument, file or certificate: nothing was sent */
    EXIT_CODE_UNREACHABLE = 3, /* no answer: UNAVAILABLE, UNKNOWN or DEADLINE_EXCEEDED */
    EXIT_CODE_UNWRITTEN = 4,   /* it was done, but what it printed did not arrive */
    EXIT_CODES,
};
