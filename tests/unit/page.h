/* SPDX-License-Identifier: Apache-2.0 */
/* page.h - a page of ops/doc that a program of tests prints from tables, and that has to be what
 * it prints */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct page {
    const char *path; /* below the checkout: "ops/doc/ends.md" */
    void (*print)(FILE *out);
};

/* Fails with the first line that differs, and with the command that brings the page up to date. */
void page_assert(const struct page *page);

/* True: the page was asked for (PROGRAM --print) and is on standard output, which is all to do. */
bool page_is_asked_for(int argc, char **argv, const struct page *page);
