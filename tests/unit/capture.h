/* SPDX-License-Identifier: Apache-2.0 */
/* capture.h - runs code in a child process and tells what it wrote and how it ended */
#pragma once

struct capture {
    int exit_code; /* -1: killed by a signal */
    char out[32 * 1024];
    char err[32 * 1024];
};

/* The child ends with exit code 0 when body returns. */
void capture_run(void (*body)(void *argument), void *argument, struct capture *ret);
